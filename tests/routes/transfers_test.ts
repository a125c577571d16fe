import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import { createTransfers } from "../../routes/transfers.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers, settle } from "../support/fake_timers.ts";

function setUp() {
  const timers = createFakeTimers();
  const log = createFakeLog();
  const transfers = createTransfers({ log, timers });
  const account = newId();
  /** A transfer of so many chunks, and what became of it. */
  const begin = (chunks: number, fails = false, of = account) => {
    const state = { read: 0, open: false, cut: false };
    const body = transfers.begin(of, async function* () {
      state.open = true;
      try {
        while (state.read < chunks) {
          state.read++;
          yield await Promise.resolve(new Uint8Array([state.read]));
        }
        if (fails) throw new Error("the disk is gone");
      } finally {
        state.open = false;
      }
    }, () => void (state.cut = true));
    return Object.assign(state, { reader: body.getReader() });
  };
  return { timers, log, transfers, begin };
}

function isRefusal(code: string) {
  return (error: unknown) =>
    error instanceof AppError && error.code === code && error.retryAfter !== undefined;
}

Deno.test("a transfer reads no more than somebody takes, and ends with what it reads", async () => {
  const { transfers, begin } = setUp();
  const transfer = begin(3);
  await settle();
  assert.deepEqual([transfer.read, transfers.count], [0, 0]);
  for (const expected of [1, 2, 3]) {
    const { value } = await transfer.reader.read();
    await settle();
    assert.deepEqual([value?.[0], transfer.read, transfer.open], [expected, expected, true]);
  }
  assert.equal((await transfer.reader.read()).done, true);
  assert.deepEqual([transfer.open, transfer.cut, transfers.count], [false, false, 0]);
});

Deno.test("a transfer whose reader goes away lets go of everything at once", async () => {
  const { transfers, begin, timers } = setUp();
  const transfer = begin(100);
  await transfer.reader.read();
  assert.deepEqual([transfer.open, transfers.count], [true, 1]);
  await transfer.reader.cancel();
  await settle();
  assert.deepEqual([transfer.open, transfers.count, transfer.read], [false, 0, 1]);
  await timers.pass(120_000);
  assert.equal(transfer.cut, false);
});

Deno.test("a transfer of which nothing is taken for a minute is cut off", async () => {
  const { transfers, begin, timers } = setUp();
  const [slow, idle] = [begin(100), begin(100)];
  await idle.reader.read();
  for (let minute = 0; minute < 5; minute++) {
    await slow.reader.read();
    await timers.pass(59_000);
    if (minute > 0) assert.deepEqual([idle.open, idle.cut], [false, true]);
    assert.deepEqual([slow.open, slow.cut], [true, false]);
  }
  await timers.pass(1_000);
  assert.deepEqual([slow.open, slow.cut, transfers.count], [false, true, 0]);
});

Deno.test("sixteen transfers of an account run at a time, and others' do not wait for them", async () => {
  const { transfers, begin } = setUp();
  const first = Array.from({ length: 16 }, () => begin(2));
  for (const { reader } of first) await reader.read();
  const [gone, next, last] = [begin(1), begin(1), begin(1)];
  const asked = [gone, next, last].map(({ reader }) => reader.read());
  const other = begin(1, false, newId());
  assert.equal((await other.reader.read()).value?.[0], 1);
  await settle();
  assert.deepEqual([gone.read, next.read, last.read, transfers.count], [0, 0, 0, 20]);
  await gone.reader.cancel();
  await first[0]?.reader.cancel();
  assert.equal((await asked[1])?.value?.[0], 1);
  await settle();
  assert.deepEqual([gone.read, last.read], [0, 0]);
  await next.reader.cancel();
  assert.equal((await asked[2])?.value?.[0], 1);
});

Deno.test("a transfer that cannot go on is cut off: nothing else is written in its place", async () => {
  const { transfers, begin, log } = setUp();
  const transfer = begin(1, true);
  await transfer.reader.read();
  let answered = false;
  const next = transfer.reader.read().finally(() => answered = true);
  await settle();
  assert.deepEqual([transfer.open, transfer.cut, answered, transfers.count], [
    false,
    true,
    false,
    0,
  ]);
  assert.match(log.lines.join(), /file\.cut .*the disk is gone/);
  // As the adapter does when the connection is closed.
  await transfer.reader.cancel();
  assert.equal((await next).done, true);
});

Deno.test("what nobody ever reads holds nobody up, and too many at once are refused", async () => {
  const { transfers, begin } = setUp();
  for (let n = 0; n < 1_500; n++) begin(1);
  assert.equal(transfers.count, 0);
  const open = Array.from({ length: 2_000 }, () => begin(2, false, newId()));
  for (const { reader } of open) await reader.read();
  assert.throws(() => begin(1), isRefusal("unavailable"));
  await open[0]?.reader.cancel();
  assert.equal((await begin(1).reader.read()).value?.[0], 1);
});

Deno.test("an account whose transfers wait is refused more, for a minute, and nobody else is", async () => {
  const { transfers, begin, timers } = setUp();
  const begun = Array.from({ length: 200 }, () => begin(100));
  const running = begun.slice(0, 16);
  const asked = begun.map(({ reader }) => reader.read());
  await settle();
  // They were begun before anything was asked of them: those for which there is no place are cut off.
  assert.deepEqual([transfers.count, begun.filter(({ cut }) => cut).length], [128, 72]);
  assert.throws(() => begin(1), isRefusal("rate-limited"));
  const other = begin(1, false, newId());
  assert.equal((await other.reader.read()).value?.[0], 1);
  await other.reader.cancel();
  await timers.pass(59_000);
  for (const { reader } of running) await reader.read();
  await timers.pass(1_000);
  await settle();
  assert.deepEqual([transfers.count, running.some(({ cut }) => cut)], [16, false]);
  assert.ok(begun.slice(16).every(({ cut, read }) => cut && read === 0));
  for (const { reader } of begun) await reader.cancel();
  await Promise.all(asked);
  assert.equal(transfers.count, 0);
  await begin(1).reader.cancel();
});
