import assert from "node:assert/strict";
import { OF_ACCOUNT, roomForAccount } from "../../chat/room_for_account.ts";
import type { Session } from "../../chat/session.ts";
import { newId } from "../../lib/ids.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestSession } from "../support/fake_session.ts";

const user = newId();

/** An account with as many connections as it may have. */
function setUp() {
  const clock = createFakeClock();
  const opened = Array.from({ length: OF_ACCOUNT }, () => openTestSession({ user, clock }));
  const sessions: Session[] = opened.map(({ session }) => session);
  const hasRoom = () => roomForAccount(() => sessions, user, clock.now());
  return { clock, opened, sessions, hasRoom };
}

Deno.test("roomForAccount refuses one more than an account may have", () => {
  const { clock, opened, sessions, hasRoom } = setUp();
  assert.equal(hasRoom(), false);
  // All of them live: none is cut for another.
  clock.advance(37_499);
  assert.equal(hasRoom(), false);
  assert.ok(opened.every(({ socket }) => socket.terminated === 0));
  sessions.pop();
  assert.equal(hasRoom(), true);
});

Deno.test("roomForAccount cuts the one that was silent for longest, for each that comes", () => {
  const { clock, opened, sessions, hasRoom } = setUp();
  clock.advance(20_000);
  for (const session of sessions.slice(2)) session.heard();
  sessions[1]?.heard();
  clock.advance(17_500);
  // What was cut is not told yet that it closed, and is counted no more.
  assert.equal(hasRoom(), true);
  assert.deepEqual(opened.map(({ socket }) => socket.terminated).filter(Boolean).length, 1);
  assert.equal(opened[0]?.socket.terminated, 1);
  sessions.push(openTestSession({ user, clock }).session);
  assert.equal(hasRoom(), false);
  clock.advance(20_000);
  for (const session of sessions.slice(2)) session.heard();
  assert.equal(hasRoom(), true);
  assert.equal(opened[1]?.socket.terminated, 1);
});
