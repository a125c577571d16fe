import assert from "node:assert/strict";
import { createBoundedTurns } from "../../lib/bounded_turns.ts";
import { AppError } from "../../lib/errors.ts";
import { settle } from "../support/fake_timers.ts";

Deno.test("createBoundedTurns refuses at once whoever finds it full, and answers everybody else", async () => {
  const refusal = () => new AppError("unavailable", "full", { retryAfter: 2 });
  const turns = createBoundedTurns(2, 3, refusal);
  const ends: (() => void)[] = [];
  const add = (task: number) =>
    turns.take(() => new Promise<number>((resolve) => ends[task] = () => resolve(task)));
  const accepted = [0, 1, 2, 3, 4].map(add);
  await settle();
  assert.deepEqual([turns.full, Object.keys(ends)], [true, ["0", "1"]]);
  await assert.rejects(add(5), (error) => error instanceof AppError && error.retryAfter === 2);

  ends[0]?.();
  await settle();
  assert.equal(turns.full, false);
  accepted.push(add(6));
  await assert.rejects(add(7), AppError);
  for (const task of [1, 2, 3, 4, 6]) {
    ends[task]?.();
    await settle();
  }
  assert.deepEqual(await Promise.all(accepted), [0, 1, 2, 3, 4, 6]);
  assert.deepEqual([turns.full, turns.idle], [false, true]);
});

Deno.test("createBoundedTurns makes room after a failure", async () => {
  const turns = createBoundedTurns(1, 0, () => new AppError("unavailable", "full"));
  await assert.rejects(turns.take(() => Promise.reject(new Error("no"))), /no/);
  assert.equal(await turns.take(() => Promise.resolve("yes")), "yes");
});
