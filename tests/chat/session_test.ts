import assert from "node:assert/strict";
import { CLOSE } from "../../lib/protocol/codes.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestSession } from "../support/fake_session.ts";

Deno.test("createSession sends the first frame first, whatever came before it", () => {
  const { session, socket } = openTestSession({ ready: false });
  session.send("early");
  session.send({ type: "resync" });
  session.ready({ type: "node.draining", reconnectAfter: 1 });
  assert.deepEqual(socket.sent, [
    '{"type":"node.draining","reconnectAfter":1}',
    "early",
    '{"type":"resync"}',
  ]);
});

Deno.test("createSession tells a ready client why its session ends, and closes for good", () => {
  const { session, socket, frames } = openTestSession();
  session.end("signed-out");
  assert.deepEqual(frames(), [{ type: "session.ended", reason: "signed-out" }]);
  assert.deepEqual(socket.closes, [{ code: CLOSE.sessionRevoked, reason: "signed-out" }]);
});

Deno.test("createSession sends nothing before the first frame, not even the end", () => {
  const { session, socket } = openTestSession({ ready: false });
  session.end("signed-out");
  assert.deepEqual(socket.sent, []);
  assert.equal(socket.closes[0]?.code, CLOSE.sessionRevoked);
});

Deno.test("createSession admits 100 frames at once and 20 a second after that", () => {
  const clock = createFakeClock();
  const { session } = openTestSession({ clock, limits: true });
  for (let n = 0; n < 100; n++) assert.equal(session.admit(true), 0);
  assert.ok(session.admit(true) > 0);
  clock.advance(1_000);
  for (let n = 0; n < 20; n++) assert.equal(session.admit(true), 0);
  assert.ok(session.admit(true) > 0);
});

Deno.test("createSession closes a flood with 4203, and none below a thousand refusals", () => {
  const { session, socket } = openTestSession({ limits: true });
  for (let n = 0; n < 100 + 1_000; n++) session.admit(true);
  assert.equal(socket.closes.length, 0);
  session.admit(true);
  assert.deepEqual(socket.closes.map(({ code }) => code), [CLOSE.flooding]);
});

Deno.test("createSession reads nothing more of a flood", () => {
  const { session, socket } = openTestSession({ limits: true });
  for (let n = 0; n < 100 + 1_000; n++) session.admit(true);
  assert.equal(socket.paused, false);
  session.admit(true);
  assert.equal(socket.paused, true);
});

Deno.test("createSession closes a flood of frames that are answered with nothing", () => {
  const clock = createFakeClock();
  const { session, socket } = openTestSession({ clock, limits: true });
  for (let n = 0; n < 5_000; n++) session.heard();
  clock.advance(1_000);
  for (let n = 0; n < 1_000; n++) session.heard();
  assert.deepEqual(socket.closes, []);
  for (let n = 0; n < 10; n++) session.heard();
  assert.deepEqual(socket.closes.map(({ code }) => code), [CLOSE.flooding]);
  const free = openTestSession({ limits: false });
  for (let n = 0; n < 50_000; n++) free.session.heard();
  assert.deepEqual(free.socket.closes, []);
});

Deno.test("createSession admits everything where limits are off", () => {
  const { session, socket } = openTestSession({ limits: false });
  for (let n = 0; n < 5_000; n++) assert.equal(session.admit(true), 0);
  assert.deepEqual(socket.closes, []);
});

Deno.test("createSession terminates a client that does not read", () => {
  const { session, socket } = openTestSession();
  socket.queuedBytes = 2 * 1024 * 1024;
  session.send("x");
  assert.equal(socket.terminated, 1);
});

Deno.test("createSession is closing from the moment that the server closes it", () => {
  const flood = openTestSession({ limits: true });
  for (let n = 0; n < 1_101; n++) flood.session.admit(true);
  const ended = openTestSession();
  ended.session.end("signed-out");
  const closed = openTestSession();
  assert.equal(closed.session.closing, false);
  closed.session.close(CLOSE.draining, "going away");
  for (const { session } of [flood, ended, closed]) assert.equal(session.closing, true);
});
