import assert from "node:assert/strict";
import { ANSWER_WITHIN } from "../../chat/dispatch.ts";
import { createHeartbeat, HEARTBEAT } from "../../chat/heartbeat.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestSession } from "../support/fake_session.ts";

Deno.test("createHeartbeat pings every session once a heartbeat, not all at once", () => {
  const clock = createFakeClock();
  const sessions = Array.from(
    { length: 40 },
    (_, n) => openTestSession({ clock, connection: `${n.toString(16).padStart(8, "0")}-rest` }),
  );
  const beat = createHeartbeat(() => sessions.map(({ session }) => session), clock);
  const pings = () => sessions.reduce((sum, { socket }) => sum + socket.pings, 0);
  for (let second = 0; second < HEARTBEAT; second++) {
    const before = pings();
    clock.advance(1_000);
    beat();
    assert.ok(pings() - before <= 2);
  }
  assert.deepEqual(sessions.map(({ socket }) => socket.pings), sessions.map(() => 1));
});

Deno.test("createHeartbeat cuts a peer that was silent for two heartbeats", () => {
  const clock = createFakeClock();
  const silent = openTestSession({ clock });
  const alive = openTestSession({ clock });
  const beat = createHeartbeat(() => [silent.session, alive.session], clock);
  for (let second = 1; second < 2 * HEARTBEAT; second++) {
    clock.advance(1_000);
    alive.session.heardAt = clock.now();
    beat();
  }
  assert.equal(silent.socket.terminated, 0);
  clock.advance(1_000);
  beat();
  assert.equal(silent.socket.terminated, 1);
  assert.equal(alive.socket.terminated, 0);
});

Deno.test("createHeartbeat answers frames that wait too long", () => {
  const clock = createFakeClock();
  const { session, frames } = openTestSession({ clock });
  session.pending.add({ ref: 7, since: clock.now() });
  const beat = createHeartbeat(() => [session], clock);
  clock.advance(ANSWER_WITHIN - 1);
  beat();
  assert.deepEqual(frames(), []);
  clock.advance(1);
  beat();
  beat();
  assert.deepEqual(frames().map((frame) => "code" in frame && [frame.code, frame.ref]), [
    ["timeout", 7],
  ]);
});
