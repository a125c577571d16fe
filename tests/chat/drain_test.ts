import assert from "node:assert/strict";
import { drain } from "../../chat/drain.ts";
import { createRegistration } from "../../chat/registration.ts";
import type { Session } from "../../chat/session.ts";
import { CLOSE } from "../../lib/protocol/codes.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakeLog, createNoStatus } from "../support/fake_services.ts";
import { openTestSession } from "../support/fake_session.ts";
import { createFakeTimers } from "../support/fake_timers.ts";
import { createReport } from "../support/speaking_node.ts";

function setUp(hasOthers: boolean) {
  const timers = createFakeTimers();
  const opened = [openTestSession({ clock: timers }), openTestSession({ clock: timers })];
  const sessions = new Set<Session>(opened.map(({ session }) => session));
  let over = false;
  const run = () => {
    void drain({ sessions: () => sessions, hasOthers, timers })
      .then(() => over = true);
  };
  return { timers, opened, sessions, run, over: () => over };
}

Deno.test("drain serves its clients until they have gone to another node", async () => {
  const { timers, opened, sessions, run, over } = setUp(true);
  run();
  for (const { frames, socket } of opened) {
    assert.deepEqual(frames(), [{ type: "node.draining", reconnectAfter: 1_000 }]);
    assert.equal(socket.paused, false);
  }
  await timers.pass(1_500);
  assert.ok(opened.every(({ socket }) => !socket.paused && socket.closes.length === 0));
  sessions.clear();
  await timers.pass(20);
  assert.equal(over(), true);
});

Deno.test("drain closes after 2.5 s what does not go, and has told it not to come back at once", async () => {
  const { timers, opened, run, over } = setUp(true);
  run();
  await timers.pass(2_480);
  assert.ok(opened.every(({ socket }) => socket.closes.length === 0));
  await timers.pass(20);
  assert.ok(opened.every(({ socket }) => socket.closes[0]?.code === CLOSE.draining));
  assert.equal(over(), true);
});

Deno.test("drain waits for what was begun, and for 3 s if it never ends", async () => {
  for (const answered of [true, false]) {
    const { timers, opened, run, over } = setUp(false);
    const [first] = opened;
    const pending = { ref: 1, since: 0 };
    first?.session.pending.add(pending);
    run();
    assert.ok(opened.every(({ socket }) => socket.paused), "nothing new is read");
    await timers.pass(2_000);
    assert.equal(over(), false);
    if (answered) first?.session.pending.delete(pending);
    else await timers.pass(980);
    assert.equal(over(), false);
    await timers.pass(20);
    assert.equal(over(), true);
    assert.ok(opened.every(({ socket }) => socket.closes[0]?.code === CLOSE.draining));
  }
});

Deno.test("drain of the only node ends at once", async () => {
  const { timers, opened, run, over } = setUp(false);
  run();
  await timers.pass(0);
  assert.equal(over(), true);
  assert.equal(opened.length, 2);
});

Deno.test("Registration knows other nodes from other isolates of its own", async () => {
  for (
    const [[node, origin], expected] of [
      [[], false],
      [["a", "a.2"], false],
      // A node's name may look like another one's isolate.
      [["a.eu", "a.eu"], true],
      [["ab", "ab"], true],
      [["b", "b.1"], true],
    ] as const
  ) {
    const { nodes } = createNoStatus();
    const others = node === undefined ? [] : [{ origin, node, epoch: "epoch" }];
    const registration = createRegistration({
      nodes: { ...nodes, renew: () => Promise.resolve({ lapsed: false, others }) },
      self: { ...createReport({ node: "a" }), origin: "a.1" },
      isOpen: () => true,
      load: () => ({ connections: 0, delay: 0 }),
      clock: createFakeClock(),
      log: createFakeLog(),
    });
    assert.equal(registration.hasOthers(), false, "nothing was heard yet");
    await registration.renew();
    assert.equal(registration.hasOthers(), expected, `${origin}`);
  }
});
