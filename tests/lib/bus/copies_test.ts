import assert from "node:assert/strict";
import { createCopies } from "../../../lib/bus/copies.ts";

Deno.test("createCopies lets each number of a publisher pass once, and none that is late", () => {
  const isNew = createCopies();
  const heard = [1, 1, 2, 5, 5, 5, 4, 6, 1].map((number) => isNew("one", number));
  assert.deepEqual(heard, [true, false, true, true, false, false, false, true, false]);
  assert.equal(isNew("another", 1), true);
});

Deno.test("createCopies forgets only those who have been silent longest", () => {
  const isNew = createCopies();
  isNew("live", 1);
  isNew("gone", 1);
  for (let n = 0; n < 5_000; n++) {
    isNew(`publisher ${n}`, 1);
    isNew("live", n + 2);
  }
  assert.equal(isNew("live", 5_001), false);
  assert.equal(isNew("gone", 1), true, "nobody is remembered for ever");
});
