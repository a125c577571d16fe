/** Runs the load generator in a process of its own. */
import type { Order, Outcome, Phase } from "./generator/order.ts";

const GENERATOR = new URL("./generator/main.ts", import.meta.url).pathname;

/**
 * @param onPhase called where something begins or ends, with the generator's process
 * @throws where the generator ended before it was done
 */
export async function generate(
  order: Order,
  onPhase: (phase: Phase, pid: number) => void | Promise<void> = () => {},
): Promise<Outcome> {
  const path = await Deno.makeTempFile({ prefix: "parley-bench-", suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(order));
  const generator = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", `--allow-read=${path}`, GENERATOR, path],
    stdout: "piped",
  }).spawn();
  try {
    let outcome: Outcome | undefined;
    for await (const phase of phases(generator.stdout)) {
      if (phase.phase === "done") outcome = phase.outcome;
      else await onPhase(phase, generator.pid);
    }
    if (outcome === undefined) throw new Error("the load generator ended early");
    return outcome;
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

async function* phases(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Phase> {
  let rest = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as Phase;
  }
}
