/**
 * Thousands of things that people do, made up by chance, at a real server and at a small model of
 * what the contract promises: every answer is compared, and at the end of each list of operations
 * what everybody sees.
 *
 *     deno test -A tests/model/model_test.ts -- --operations=100000 --seed=7
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { tell } from "../support/campaign.ts";
import { type DatabaseKind, databaseKinds, testOnDatabases } from "../support/databases.ts";
import { type Step, steps } from "./operations.ts";
import { type ModelOptions, modelOptions, replayCommand } from "./options.ts";
import { createTally, type Tally } from "./tally.ts";
import { run } from "./run.ts";
import { type ModelServer, startModelServer } from "./server.ts";

/** Operations in CI, over both databases. */
const IN_CI = 5_000;
/** Operations after which each kind of them has come out well at least once. */
const MUCH = 10_000;
/** At most in one world. */
const LENGTH = 250;
/** Worlds at the same time at one server. */
const STRANDS = 2;
/** Milliseconds in which a failing list is made smaller. */
const SHRINKING = 60_000;

const options = modelOptions(Deno.args, IN_CI);

testOnDatabases("whatever people do, the server and the model agree", async (kind) => {
  if (options.database !== undefined && options.database !== kind.name) return;
  const began = Date.now();
  await using server = await startModelServer(kind, options.inside);
  const databases = options.database === undefined ? databaseKinds.length : 1;
  const place = databaseKinds.indexOf(kind);
  const strands = options.path === undefined ? STRANDS : 1;
  const tally = createTally();
  const counts = await Promise.all(
    Array.from({ length: strands }, (_, n) => {
      const operations = Math.ceil(options.operations / databases / strands);
      // Other operations in each, and on each database.
      const seed = options.seed + (options.path === undefined ? n + STRANDS * place : 0);
      return campaign({ server, kind, tally }, { ...options, seed, operations });
    }),
  );
  await server.checkUnharmed();
  const done = counts.reduce((sum, count) => sum + count, 0);
  const seconds = Math.round((Date.now() - began) / 1000);
  // By then chance has let everything succeed that can.
  if (done > MUCH) assert.deepEqual(tally.neverDone(), []);
  for (const line of options.operations > IN_CI ? tally.lines() : []) tell(line);
  tell(`model: ${done} operations on ${kind.name} in ${seconds} s, seed ${options.seed}`);
});

/** @returns how many operations there were */
async function campaign(
  { server, kind, tally }: { server: ModelServer; kind: DatabaseKind; tally: Tally },
  { operations, seed, path, shrink }: ModelOptions,
): Promise<number> {
  let done = 0;
  let failedAt = Infinity;
  const property = async (list: Step[]) => {
    const replays = path !== undefined;
    if (failedAt === Infinity ? !replays && done >= operations : isOver(failedAt)) return;
    done += list.length;
    try {
      await run(server, list, tally);
    } catch (error) {
      failedAt = Math.min(failedAt, Date.now());
      throw error;
    }
  };
  const lists = fc.array(steps, { minLength: 1, maxLength: LENGTH, size: "max" });
  const details = await fc.check(fc.asyncProperty(lists, property), {
    seed,
    ...(path !== undefined && { path }),
    // As many as it may take; those that are too many do nothing.
    numRuns: path === undefined ? operations : 1,
    endOnFailure: !shrink,
  });
  if (!details.failed) return done;
  const [list = []] = details.counterexample ?? [];
  const cause = details.errorInstance;
  throw new Error([
    cause instanceof Error ? cause.message : String(cause),
    `in list ${details.numRuns}, after ${details.numShrinks} shrinks, of ${list.length} operations, replayed by`,
    replayCommand(seed, details.counterexamplePath, kind.name),
  ].join("\n"));
}

function isOver(failedAt: number): boolean {
  return Date.now() > failedAt + SHRINKING;
}
