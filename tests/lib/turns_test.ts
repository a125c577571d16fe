import assert from "node:assert/strict";
import { createTurns } from "../../lib/turns.ts";
import { settle } from "../support/fake_timers.ts";

/** Tasks that end when they are told to. */
function setUp(over = () => false) {
  const turns = createTurns(2, over);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const add = (task: number) =>
    turns.take(() => {
      begun.push(task);
      return new Promise<number>((resolve) => ends[task] = () => resolve(task));
    });
  return { add, begun, end: (task: number) => ends[task]?.() };
}

Deno.test("createTurns runs so many at a time, and the rest in order", async () => {
  const { add, begun, end } = setUp();
  const all = Promise.all([0, 1, 2, 3].map(add));
  await settle();
  assert.deepEqual(begun, [0, 1]);
  end(1);
  await settle();
  assert.deepEqual(begun, [0, 1, 2]);
  end(0);
  await settle();
  assert.deepEqual(begun, [0, 1, 2, 3]);
  end(2);
  end(3);
  assert.deepEqual(await all, [0, 1, 2, 3]);
});

Deno.test("createTurns goes on after a failure", async () => {
  const turns = createTurns(1);
  const failed = turns.take(() => Promise.reject(new Error("no")));
  const after = turns.take(() => Promise.resolve("yes"));
  assert.equal(turns.idle, false);
  await assert.rejects(failed, /no/);
  assert.equal(await after, "yes");
  assert.equal(turns.idle, true);
});

Deno.test("createTurns begins nothing for somebody who is gone", async () => {
  let over = false;
  const { add, begun, end } = setUp(() => over);
  const all = Promise.allSettled([0, 1, 2, 3].map(add));
  await settle();
  over = true;
  end(0);
  end(1);
  const outcomes = (await all).map(({ status }) => status);
  assert.deepEqual(begun, [0, 1]);
  assert.deepEqual(outcomes, ["fulfilled", "fulfilled", "rejected", "rejected"]);
});
