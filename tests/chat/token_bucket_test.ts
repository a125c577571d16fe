import assert from "node:assert/strict";
import { createTokenBucket } from "../../chat/token_bucket.ts";
import { createFakeClock } from "../support/clock.ts";

Deno.test("createTokenBucket lets a burst through at once and then asks to wait", () => {
  const bucket = createTokenBucket(createFakeClock(), 20, 3);
  assert.deepEqual([bucket.take(), bucket.take(), bucket.take()], [0, 0, 0]);
  assert.equal(bucket.take(), 0.05);
  // Asking costs nothing.
  assert.equal(bucket.take(), 0.05);
});

Deno.test("createTokenBucket lets one through after the wait that it named", () => {
  const clock = createFakeClock();
  const bucket = createTokenBucket(clock, 4, 1);
  bucket.take();
  clock.advance(bucket.take() * 1000);
  assert.equal(bucket.take(), 0);
  assert.ok(bucket.take() > 0);
});

Deno.test("createTokenBucket saves up no more than a burst", () => {
  const clock = createFakeClock();
  const bucket = createTokenBucket(clock, 100, 2);
  clock.advance(3_600_000);
  assert.deepEqual([bucket.take(), bucket.take()], [0, 0]);
  assert.ok(bucket.take() > 0);
});

Deno.test("createTokenBucket gives and takes nothing when the clock is set back", () => {
  const clock = createFakeClock();
  const bucket = createTokenBucket(clock, 1, 2);
  bucket.take();
  clock.advance(-60_000);
  assert.equal(bucket.take(), 0);
  assert.equal(bucket.take(), 1);
  clock.advance(1_000);
  assert.equal(bucket.take(), 0);
});
