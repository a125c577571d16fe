/** One run of one scenario on one system, with everyone's CPU time kept apart. */
import { freePort } from "../tests/support/ports.ts";
import type { PostgresServer } from "../tests/support/postgres_server.ts";
import { generate } from "./generate.ts";
import type { Latency, Order, Outcome } from "./generator/order.ts";
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
  const sample = (generator: number): Sample => ({
    server: usageOf(running.pid),
    database: usageOf(postgres.pid()),
    generator: usageOf(generator),
  });
  let profiler: Profiler | undefined;
  let before: Sample | undefined;
  let after: Sample | undefined;
  const outcome = await generate(order, async ({ phase }, generator) => {
    if (phase === "measuring") {
      before = sample(generator);
      if (inspector !== undefined) profiler = await startProfiler(inspector);
    } else if (phase === "measured") {
      after = sample(generator);
      if (profiler !== undefined) onProfile?.(await profiler.stop());
    }
  });
  if (before === undefined || after === undefined) {
    throw new Error(`nothing was measured in ${scenario.name} on ${system.name}`);
  }
  return figuresOf(scenario, system, outcome, before, after);
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
