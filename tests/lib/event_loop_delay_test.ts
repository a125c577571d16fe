import assert from "node:assert/strict";
import { LATE, startEventLoopDelay } from "../../lib/event_loop_delay.ts";
import { realTimers, type Timers } from "../../lib/timers.ts";
import { eventually } from "../support/deadline.ts";

/** A loop that is late by as much as the test says. */
function setUp() {
  let now = 5_000;
  let due: { at: number; callback: () => void } | undefined;
  const timers: Timers = {
    random: () => 0,
    after: (ms, callback) => {
      due = { at: now + ms, callback };
      return () => due = undefined;
    },
  };
  const delay = startEventLoopDelay(timers, () => now);
  return {
    delay,
    isOver: () => due === undefined,
    /** The next look comes, and is late by `ms`. */
    look: (ms = 0, times = 1) => {
      for (let n = 0; n < times; n++) {
        assert.ok(due);
        now = due.at + ms;
        due.callback();
      }
    },
  };
}

Deno.test("EventLoopDelay is nothing while every timer comes in time, and a pause is soon forgotten", () => {
  const { delay, look } = setUp();
  look(0, 50);
  assert.equal(delay.now(), 0);
  // A garbage collection does not close the door, nor does one every second.
  look(300);
  assert.ok(delay.now() > 30 && delay.now() < 80, String(delay.now()));
  for (let n = 0; n < 60; n++) {
    look(300);
    look(0, 7);
    assert.ok(delay.now() < 200, String(delay.now()));
  }
  look(0, 100);
  assert.ok(delay.now() < 2, String(delay.now()));
});

Deno.test("EventLoopDelay is what a loop is always late by", () => {
  const { delay, look } = setUp();
  look(600, 20);
  assert.ok(Math.abs(delay.now() - 600) < 30, String(delay.now()));
  look(40, 200);
  assert.ok(Math.abs(delay.now() - 40) < 1, String(delay.now()));
});

Deno.test("EventLoopDelay notices two seconds without a turn by one look, and is fine again soon", () => {
  const { delay, look } = setUp();
  look(2_000);
  assert.ok(delay.now() > 2 * LATE, String(delay.now()));
  look(0, 25);
  assert.ok(delay.now() < LATE, String(delay.now()));
});

Deno.test("EventLoopDelay takes a process that was stopped for an hour for late no longer than others", () => {
  const { delay, look } = setUp();
  look(3_600_000);
  assert.equal(delay.now(), 2_000);
  look(0, 30);
  assert.ok(delay.now() < LATE, String(delay.now()));
});

Deno.test("EventLoopDelay looks no more once it is disposed", () => {
  const { delay, look, isOver } = setUp();
  look();
  delay[Symbol.dispose]();
  assert.ok(isOver());
});

Deno.test("EventLoopDelay sees a real loop that is held up", async () => {
  using delay = startEventLoopDelay(realTimers);
  await eventually(() => delay.now() > 0, "a look");
  const end = performance.now() + 700;
  while (performance.now() < end);
  await eventually(() => delay.now() > 100, "that it was held up");
});
