import assert from "node:assert/strict";
import { createWindow } from "../../../lib/bus/window.ts";

const MEBIBYTE = 1024 * 1024;

function setUp() {
  const asked: PromiseWithResolvers<void>[] = [];
  const window = createWindow(() => {
    const question = Promise.withResolvers<void>();
    asked.push(question);
    return question.promise;
  });
  /** How many mebibytes it still takes. */
  const fill = () => {
    let count = 0;
    while (window.admit(MEBIBYTE)) count++;
    return count;
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { asked, window, fill, settled };
}

Deno.test("createWindow takes no more than its size until something has arrived", async () => {
  const { asked, window, fill, settled } = setUp();
  assert.equal(window.admit(33 * MEBIBYTE), false);
  assert.equal(fill(), 32);
  assert.equal(asked.length, 1, "one question at a time");
  asked[0]?.resolve();
  await settled();
  // What was sent before it was asked has arrived, and nothing else.
  const more = fill();
  assert.ok(more > 0 && more < 16, String(more));
});

Deno.test("createWindow begins anew with another connection", async () => {
  const { asked, window, fill, settled } = setUp();
  fill();
  asked[0]?.reject(new Error("the connection is gone"));
  await settled();
  assert.equal(window.admit(1), false);
  window.reset();
  assert.equal(fill(), 32);
});

Deno.test("createWindow never fills while everything arrives", async () => {
  const { asked, window, settled } = setUp();
  for (let n = 0; n < 200; n++) {
    assert.equal(window.admit(MEBIBYTE), true);
    for (const question of asked.splice(0)) question.resolve();
    await settled();
  }
});
