/**
 * Thousands of schedules of what may go wrong, made up by chance: whatever happens, everyone ends up
 * with the server's log, nothing is shown twice or taken back, and nobody sees what they may not.
 *
 *     deno test -A tests/simulation/simulation_test.ts -- --seed=new --runs=100000
 */
import fc from "fast-check";
import { replayCommand, simulationOptions } from "./options.ts";
import { schedules } from "./schedule.ts";
import { simulate } from "./simulation.ts";

Deno.test("every schedule converges to the server's log", async () => {
  const { shrink, ...options } = simulationOptions(Deno.args);
  const details = await fc.check(fc.asyncProperty(schedules, simulate), {
    ...options,
    endOnFailure: !shrink,
  });
  if (!details.failed) return;
  const [schedule] = details.counterexample ?? [];
  const cause = details.errorInstance;
  throw new Error([
    cause instanceof Error ? cause.stack ?? cause.message : String(cause),
    `after ${details.numRuns} schedules and ${details.numShrinks} shrinks, in the schedule`,
    JSON.stringify({ ...schedule, steps: undefined }),
    ...(schedule?.steps ?? []).map((step) => `  ${JSON.stringify(step)}`),
    "which is replayed by",
    replayCommand(details.seed, details.counterexamplePath),
  ].join("\n"));
});
