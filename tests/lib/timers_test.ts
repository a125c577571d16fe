import assert from "node:assert/strict";
import { atMost, every, sleep } from "../../lib/timers.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

Deno.test("every calls again and again until it is disposed, also from within", async () => {
  const timers = createFakeTimers();
  let calls = 0;
  const beating = every(timers, 1_000, () => {
    if (++calls === 4) beating[Symbol.dispose]();
  });
  await timers.pass(999);
  assert.equal(calls, 0);
  await timers.pass(2_001);
  assert.equal(calls, 3);
  await timers.pass(5_000);
  assert.equal(calls, 4);
});

Deno.test("sleep ends after its time", async () => {
  const timers = createFakeTimers();
  let awake = false;
  sleep(timers, 20).then(() => awake = true);
  await timers.pass(19);
  assert.equal(awake, false);
  await timers.pass(1);
  assert.equal(awake, true);
});

Deno.test("atMost ends with the work, or after its time", async () => {
  const timers = createFakeTimers();
  const ended: string[] = [];
  atMost(timers, 100, new Promise(() => {})).then(() => ended.push("late"));
  atMost(timers, 100, Promise.resolve()).then(() => ended.push("early"));
  await timers.pass(99);
  assert.deepEqual(ended, ["early"]);
  await timers.pass(1);
  assert.deepEqual(ended, ["early", "late"]);
  await assert.rejects(atMost(timers, 100, Promise.reject(new Error("no"))), /no/);
});
