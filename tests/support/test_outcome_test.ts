import assert from "node:assert/strict";
import {
  addUp,
  type Counts,
  judge,
  type Ran,
  readCounts,
  SECOND_CHANCES,
  summaryOf,
  worthAnother,
} from "./test_outcome.ts";

/** What the runner printed, word for word. */
const WELL = `running 3 tests from ./tests/lib/stray_errors_test.ts
logStrayErrors calls a reset that nobody listens for a lost connection ... ok (16ms)

ok | 3 passed | 0 failed (49ms)
`;
const STEPS = `running 3 tests from ./b_test.ts
b step fails ...
  inner ... FAILED (1ms)
b step fails ... FAILED (due to 1 failed step) (1ms)
ign ... ignored (0ms)

 ERRORS 

b step fails ... inner => ./b_test.ts:2:50
error: Error: inner no

 FAILURES 

b step fails ... inner => ./b_test.ts:2:50

FAILED | 3 passed (1 step) | 7 failed (1 step) | 1 ignored (995ms)
`;
const UNCAUGHT = `running 2 tests from ./tests/lib/bus/nats_bus_test.ts
openNatsBus refuses a start where the refusal and a reset come at once ...
Uncaught error from ./tests/lib/bus/nats_bus_test.ts FAILED
openNatsBus refuses a start where the refusal and a reset come at once ... cancelled (0ms)
openNatsBus comes through resets at every step of a connection ... cancelled (0ms)
Uncaught error from ./tests/lib/bus/nats_bus_test.ts FAILED

 ERRORS 

./tests/lib/bus/nats_bus_test.ts (uncaught error)
error: Error: read ECONNRESET
    at TCPWrap.onStreamRead [as onread] (ext:deno_node/internal/stream_base_commons.ts:1:3690)
This error was not caught from a test and caused the test runner to fail on the referenced module.
It most likely originated from a dangling promise, event/timeout handler or top-level code.

 FAILURES 

./tests/lib/bus/nats_bus_test.ts (uncaught error)

FAILED | 0 passed | 4 failed | 11 filtered out (31ms)
`;

const counts = (change: Partial<Counts> = {}): Counts => ({
  ...{ passed: 0, steps: 0, failed: 0, ignored: 0 },
  ...change,
});
const ran = (file: string, failed: number): Ran => ({
  file,
  counts: counts({ passed: 2, failed }),
});

Deno.test("readCounts reads the runner's last line", () => {
  assert.deepEqual(readCounts(WELL, 0), counts({ passed: 3 }));
  assert.deepEqual(
    readCounts(STEPS, 1),
    counts({ passed: 3, steps: 1, failed: 7, ignored: 1 }),
  );
  assert.deepEqual(
    readCounts("ok | 1936 passed (10 steps) | 0 failed (31m14s)\n", 0),
    counts({ passed: 1936, steps: 10 }),
  );
});

Deno.test("readCounts counts an uncaught error", () => {
  assert.deepEqual(readCounts(UNCAUGHT, 1), counts({ failed: 4 }));
});

Deno.test("readCounts goes by its last line, not by what a test printed of another run", () => {
  assert.deepEqual(readCounts(STEPS + WELL, 0), counts({ passed: 3 }));
});

Deno.test("readCounts takes what says nothing, or ends badly, for a failure", () => {
  const cut = WELL.slice(0, WELL.indexOf("\nok"));
  assert.deepEqual(readCounts(cut, 143), counts({ failed: 1 }));
  assert.deepEqual(readCounts(cut, 0), counts({ failed: 1 }));
  // Say, because the coverage could not be written.
  assert.deepEqual(readCounts(WELL, 1), counts({ passed: 3, failed: 1 }));
});

Deno.test("addUp and summaryOf say of all files what the runner says of one", () => {
  const all = addUp([readCounts(WELL, 0), readCounts(STEPS, 1), readCounts(UNCAUGHT, 1)]);
  const said = summaryOf(all, 61_000);
  assert.equal(said, "FAILED | 6 passed (1 step) | 11 failed | 1 ignored (1m1s)");
  assert.deepEqual(readCounts(said, 1), all);
  assert.equal(summaryOf(readCounts(WELL, 0), 49), "ok | 3 passed | 0 failed (0s)");
  assert.equal(summaryOf(addUp([]), 0), "ok | 0 passed | 0 failed (0s)");
});

Deno.test("judge counts a file that was run again by that alone, and names who is unsteady", () => {
  const first = [ran("a", 0), ran("b", 1), ran("c", 3)];
  assert.deepEqual(worthAnother(first), ["b", "c"]);
  assert.deepEqual(judge(first, [ran("b", 0), ran("c", 2)]), {
    counts: counts({ passed: 6, failed: 2 }),
    unsteady: ["b"],
  });
  assert.deepEqual(judge(first, []), {
    counts: counts({ passed: 6, failed: 4 }),
    unsteady: [],
  });
});

Deno.test("worthAnother gives up where more failed than chance explains", () => {
  const failing = (count: number) => Array.from({ length: count }, (_, n) => ran(String(n), 1));
  assert.equal(worthAnother(failing(SECOND_CHANCES)).length, SECOND_CHANCES);
  assert.deepEqual(worthAnother(failing(SECOND_CHANCES + 1)), []);
});
