import assert from "node:assert/strict";
import { refuseLate, timeLeft, withDeadline, withoutDeadline } from "../../lib/deadline.ts";
import { AppError } from "../../lib/errors.ts";

const late = (error: unknown) => error instanceof AppError && error.code === "timeout";

Deno.test("withDeadline gives the outcome of what is done in time", async () => {
  assert.equal(await withDeadline(60_000, () => Promise.resolve(1)), 1);
  await assert.rejects(withDeadline(60_000, () => Promise.reject(new Error("own"))), /own/);
});

Deno.test("withDeadline waits no longer than it says, and lets the rest end by itself", async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  await assert.rejects(withDeadline(10, () => promise), late);
  // Nobody waits for it, and it ends the process no more.
  reject(new Error("later"));
  await promise.catch(() => {});
});

Deno.test("timeLeft follows the work, through what it waits for, and no further", async () => {
  assert.equal(timeLeft(), Infinity);
  await withDeadline(60_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(timeLeft() < 60_000 && timeLeft() > 0);
    withoutDeadline(() => assert.equal(timeLeft(), Infinity));
    // Who is called cannot have more time than who calls.
    await withDeadline(120_000, () => Promise.resolve(assert.ok(timeLeft() < 60_000)));
    await withDeadline(1_000, () => Promise.resolve(assert.ok(timeLeft() <= 1_000)));
  });
  assert.equal(timeLeft(), Infinity);
});

Deno.test("refuseLate and withDeadline begin nothing for which nobody waits", async () => {
  let begun = false;
  let refused: unknown;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const outcome = withDeadline(5, async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    try {
      refuseLate();
    } catch (error) {
      refused = error;
    }
    await withDeadline(1_000, () => Promise.resolve(begun = true)).catch(() => {});
    resolve();
  });
  await assert.rejects(outcome, late);
  await over;
  assert.ok(late(refused));
  assert.equal(begun, false);
  refuseLate();
});
