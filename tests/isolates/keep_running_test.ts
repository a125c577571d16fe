import assert from "node:assert/strict";
import type { Isolate } from "../../isolates/start_one.ts";
import { keepIsolate } from "../../isolates/keep_running.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers, settle } from "../support/fake_timers.ts";

/** Isolates that start and die when they are told to. */
function setUp() {
  const timers = createFakeTimers();
  const log = createFakeLog();
  const isolates: { die: (reason: string) => void; stopped: boolean }[] = [];
  let starts = 0;
  let failing = false;
  let hanging = false;
  const start = (calledOff?: AbortSignal): Promise<Isolate> => {
    starts++;
    if (hanging) {
      return new Promise((_, reject) => {
        calledOff?.addEventListener("abort", () => reject(calledOff.reason));
      });
    }
    if (failing) return Promise.reject(new Error("no room"));
    const { promise: died, resolve: die } = Promise.withResolvers<string>();
    const isolate = { die, stopped: false };
    isolates.push(isolate);
    const stop = () => Promise.resolve(void (isolate.stopped = true));
    return Promise.resolve({ port: 8000, died, stop });
  };
  return {
    timers,
    log,
    isolates,
    starts: () => starts,
    fail: (fails: boolean) => void (failing = fails),
    hang: (hangs: boolean) => void (hanging = hangs),
    keep: () => keepIsolate(start, { log, timers }),
  };
}

Deno.test("keepIsolate starts one that died again, ever more seldom while that fails", async () => {
  const { timers, log, isolates, starts, fail, keep } = setUp();
  await using _kept = await keep();
  isolates[0]?.die("out of luck");
  fail(true);
  await timers.pass(499);
  assert.equal(starts(), 1);
  const waits = [1, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  for (const [index, wait] of waits.entries()) {
    await timers.pass(wait - 1);
    assert.equal(starts(), index + 1);
    await timers.pass(1);
    assert.equal(starts(), index + 2);
  }
  fail(false);
  await timers.pass(30_000);
  isolates[1]?.die("again");
  await timers.pass(500);
  assert.equal(isolates.length, 3);
  assert.deepEqual(log.lines, [
    "isolate.died out of luck",
    ...waits.map(() => "isolate.not-started no room"),
    "isolate.started ",
    "isolate.died again",
    "isolate.started ",
  ]);
});

Deno.test("keepIsolate fails where the first start fails", async () => {
  const { starts, fail, keep } = setUp();
  fail(true);
  await assert.rejects(keep(), /no room/);
  assert.equal(starts(), 1);
});

Deno.test("keepIsolate stops the one that runs, and starts none after that", async () => {
  const { timers, isolates, starts, keep } = setUp();
  const running = await keep();
  await running[Symbol.asyncDispose]();
  assert.equal(isolates[0]?.stopped, true);
  isolates[0]?.die("stopped");
  const away = await keep();
  isolates[1]?.die("out of luck");
  await settle();
  await away[Symbol.asyncDispose]();
  await timers.pass(60_000);
  assert.equal(starts(), 2);
});

Deno.test("keepIsolate ends at once while another start hangs, and says nothing of it", async () => {
  const { timers, log, isolates, starts, hang, keep } = setUp();
  const kept = await keep();
  isolates[0]?.die("out of luck");
  hang(true);
  await timers.pass(500);
  assert.equal(starts(), 2);
  let ended = false;
  void kept[Symbol.asyncDispose]().then(() => ended = true);
  await settle();
  assert.equal(ended, true);
  await timers.pass(60_000);
  assert.deepEqual(log.lines, ["isolate.died out of luck"]);
});

Deno.test("keepIsolate gives up a start that hangs, and tries another", async () => {
  const { timers, log, isolates, starts, hang, keep } = setUp();
  await using _kept = await keep();
  isolates[0]?.die("out of luck");
  hang(true);
  await timers.pass(500 + 59_999);
  assert.equal(starts(), 2);
  await timers.pass(1);
  hang(false);
  await timers.pass(1_000);
  assert.equal(starts(), 3);
  assert.deepEqual(log.lines, [
    "isolate.died out of luck",
    "isolate.not-started it took longer than 60 s",
    "isolate.started ",
  ]);
});
