import assert from "node:assert/strict";
import { AppError } from "../../../../lib/errors.ts";
import { IDLE, pullFrom, SOON } from "../../../../lib/files/uploads/pull.ts";
import { createFakeTimers, settle } from "../../../support/fake_timers.ts";

/** Bytes that come when the test says so. */
function createSource() {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  return {
    bytes: readable,
    send: (size: number) => void writer.write(new Uint8Array(size)),
    end: () => writer.close(),
    breakOff: () => writer.abort(new Error("the line broke")),
  };
}

function start(most = 1_000) {
  const timers = createFakeTimers();
  const abort = new AbortController();
  const source = createSource();
  const pull = pullFrom(source.bytes, { most, signal: abort.signal, timers });
  return { timers, abort, source, pull };
}

const codeOf = (error: unknown) => error instanceof AppError ? error.code : String(error);

Deno.test("pullFrom gives what comes, and then no more", async () => {
  const { source, pull } = start();
  source.send(10);
  assert.equal((await pull.next())?.length, 10);
  source.send(0);
  source.send(5);
  assert.equal((await pull.next())?.length, 5);
  void source.end();
  assert.equal(await pull.next(), undefined);
  assert.equal(pull.broken, undefined);
});

Deno.test("pullFrom waits for a byte for thirty seconds, and not for one that came", async () => {
  const { timers, source, pull } = start();
  const first = pull.next();
  await timers.pass(IDLE - 1);
  source.send(1);
  assert.equal((await first)?.length, 1);
  const second = pull.next();
  await timers.pass(IDLE - 1);
  source.send(1);
  assert.equal((await second)?.length, 1);
  const third = pull.next();
  await timers.pass(IDLE);
  assert.equal(await third, undefined);
  assert.equal(codeOf(pull.broken?.error), "timeout");
  assert.equal(await pull.next(), undefined);
});

Deno.test("pullFrom loses nothing that comes after who holds a turn has given up", async () => {
  const { timers, source, pull } = start();
  const soon = pull.soon();
  await timers.pass(SOON);
  assert.equal(await soon, undefined);
  assert.equal(pull.broken, undefined);
  const later = pull.next();
  // It goes on waiting: the thirty seconds are those since the last byte.
  await timers.pass(IDLE - SOON - 1);
  source.send(7);
  assert.equal((await later)?.length, 7);
  source.send(3);
  assert.equal((await pull.soon())?.length, 3);
});

Deno.test("pullFrom ends at once when another request takes over, also before it waits", async () => {
  const waiting = start();
  const next = waiting.pull.next();
  await settle();
  waiting.abort.abort();
  assert.equal(await next, undefined);
  assert.equal(codeOf(waiting.pull.broken?.error), "conflict");
  const before = start();
  before.abort.abort();
  before.source.send(1);
  assert.equal(await before.pull.next(), undefined);
  assert.equal(codeOf(before.pull.broken?.error), "conflict");
});

Deno.test("pullFrom takes no more than was to come", async () => {
  const { source, pull } = start(10);
  source.send(6);
  source.send(5);
  assert.equal((await pull.next())?.length, 6);
  assert.equal(await pull.next(), undefined);
  assert.equal(codeOf(pull.broken?.error), "too-large");
});

Deno.test("pullFrom tells why a line broke", async () => {
  const { source, pull } = start();
  source.breakOff().catch(() => {});
  assert.equal(await pull.next(), undefined);
  // Whatever that was called: it is no failure of the server's own.
  assert.equal(codeOf(pull.broken?.error), "unavailable");
});
