import assert from "node:assert/strict";
import { endWithin } from "../../lib/end_within.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers, settle } from "../support/fake_timers.ts";

function begin(end: () => Promise<void>) {
  const timers = createFakeTimers();
  const log = createFakeLog();
  const ending = endWithin(9_000, { [Symbol.asyncDispose]: end }, { log, timers });
  let over = false;
  ending.then(() => over = true, () => over = true);
  return { timers, log, ending, over: () => over };
}

Deno.test("endWithin waits for the end", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { timers, log, over } = begin(() => promise);
  await timers.pass(8_999);
  assert.equal(over(), false);
  resolve();
  await settle();
  assert.equal(over(), true);
  assert.deepEqual(log.lines, []);
});

Deno.test("endWithin does not wait longer than it may, and says so", async () => {
  const { timers, log, over } = begin(() => new Promise(() => {}));
  await timers.pass(8_999);
  assert.equal(over(), false);
  await timers.pass(1);
  assert.equal(over(), true);
  assert.match(log.lines.join(), /^end\.cut-short/);
});

Deno.test("endWithin fails as the end does", async () => {
  const { ending } = begin(() => Promise.reject(new Error("out of luck")));
  await assert.rejects(ending, /out of luck/);
});
