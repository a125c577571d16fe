import assert from "node:assert/strict";
import { arrange, findTests } from "./test_files.ts";

const found = await findTests(new URL("../../", import.meta.url), "tests");

Deno.test("arrange runs each test file once, together or alone", () => {
  const { together, alone } = arrange(found);
  assert.deepEqual([...together, ...alone].sort(), found.toSorted());
  assert.ok(found.includes("tests/support/test_files_test.ts"));
});

Deno.test("arrange notices that a file which has to be alone was renamed", () => {
  const { alone: [first = ""] } = arrange(found);
  assert.throws(() => arrange(found.filter((file) => file !== first)), /names .*: not there/);
});
