/** One run of one scenario on one system, with everyone's CPU time kept apart. */
import { freePort } from "../tests/support/ports.ts";
import type { PostgresServer } from "../tests/support/postgres_server.ts";
import type { Latency, Order, Outcome, Phase } from "./generator/order.ts";
import { type Profiler, startProfiler } from "./profile.ts";
import { type Usage, usageOf } from "./processes.ts";
import type { Scenario } from "./scenarios.ts";
import type { System } from "./systems/system.ts";

export type Figures = {
  /** Units a second. */
  perSecond: number;
  deliveredPerSecond: number;
  latency: Latency | undefined;
  delivery: Latency | undefined;
  /** Microseconds a unit. */
  serverCpu: number;
  databaseCpu: number;
  /** Shares of one core. */
  serverBusy: number;
  databaseBusy: number;
  generatorBusy: number;
  /** At the end. */
  serverMiB: number;
  /** What the server's memory grew by in the measured part, a unit. */
  kibPerUnit: number;
  seconds: number;
  lost: number;
  doubled: number;
  errors: number;
  unfairness: number | undefined;
  firstError: string | undefined;
};

/** A generator busier than this was part of what was measured. */
export const GENERATOR_LIMIT = 0.9;

type Sample = { server: Usage; database: Usage; generator: Usage };

export async function measure(
  scenario: Scenario,
  system: System,
  postgres: PostgresServer,
  { seconds, onProfile }: { seconds: number; onProfile?: (table: string) => void },
): Promise<Figures> {
  const inspector = onProfile === undefined ? undefined : freePort();
  await using running = await system.start({ ...scenario.setting, inspector }, postgres);
  const order: Order = {
    address: running.address,
    tickets: running.tickets,
    ...running.cast,
    load: scenario.load,
    seconds,
    warmUpSeconds: scenario.warmUpSeconds,
  };
  const path = await Deno.makeTempFile({ prefix: "parley-bench-", suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(order));
  const generator = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net=127.0.0.1",
      `--allow-read=${path}`,
      new URL("./generator/main.ts", import.meta.url).pathname,
      path,
    ],
    stdout: "piped",
  }).spawn();
  try {
    const sample = (): Sample => ({
      server: usageOf(running.pid),
      database: usageOf(postgres.pid()),
      generator: usageOf(generator.pid),
    });
    let profiler: Profiler | undefined;
    let before: Sample | undefined;
    let after: Sample | undefined;
    let outcome: Outcome | undefined;
    for await (const phase of phases(generator.stdout)) {
      if (phase.phase === "measuring") {
        before = sample();
        if (inspector !== undefined) profiler = await startProfiler(inspector);
      } else if (phase.phase === "measured") {
        after = sample();
        if (profiler !== undefined) onProfile?.(await profiler.stop());
      } else if (phase.phase === "done") outcome = phase.outcome;
    }
    if (before === undefined || after === undefined || outcome === undefined) {
      throw new Error(`the load generator ended early in ${scenario.name} on ${system.name}`);
    }
    return figuresOf(scenario, system, outcome, before, after);
  } finally {
    try {
      generator.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await generator.status;
    await Deno.remove(path);
  }
}

function figuresOf(
  scenario: Scenario,
  system: System,
  outcome: Outcome,
  before: Sample,
  after: Sample,
): Figures {
  const { units: done, delivered, seconds, ...rest } = outcome;
  const units = scenario.unit === "delivery" ? delivered : done;
  // What the server does for nobody in this run is not this run's.
  const cpu = (who: keyof Sample) =>
    who === "database" && system.database !== "postgresql" ? 0 : after[who].cpu - before[who].cpu;
  const wall = after.server.at - before.server.at;
  return {
    ...rest,
    seconds,
    perSecond: units / seconds,
    deliveredPerSecond: delivered / seconds,
    serverCpu: cpu("server") * 1000 / units,
    databaseCpu: cpu("database") * 1000 / units,
    serverBusy: cpu("server") / wall,
    databaseBusy: cpu("database") / wall,
    generatorBusy: cpu("generator") / wall,
    serverMiB: after.server.residentBytes / 2 ** 20,
    kibPerUnit: (after.server.residentBytes - before.server.residentBytes) / 1024 / units,
  };
}

async function* phases(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Phase> {
  let rest = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as Phase;
  }
}
