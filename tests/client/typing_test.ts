import assert from "node:assert/strict";
import { createTyping, type Typing } from "../../client/typing.ts";
import { createFakeTimers, type FakeTimers } from "../support/fake_timers.ts";

function setUp(): {
  typing: Typing;
  timers: FakeTimers;
  sent: string[];
  changes: () => number;
  world: { wanted: boolean; newest: number };
} {
  const timers = createFakeTimers();
  const sent: string[] = [];
  const world = { wanted: true, newest: 0 };
  let changes = 0;
  const typing = createTyping({
    me: "me",
    wanted: () => world.wanted,
    send: (conversation, on) => void sent.push(`${conversation} ${on ? "on" : "off"}`),
    changed: () => changes++,
    newest: () => world.newest,
    timers,
  });
  return { typing, timers, sent, changes: () => changes, world };
}

Deno.test("Typing says it at most every 3 seconds, and at once that it is over", async () => {
  const { typing, timers, sent } = setUp();
  for (let key = 0; key < 31; key++) {
    typing.tell("room", true);
    await timers.pass(100);
  }
  assert.deepEqual(sent, ["room on", "room on"]);
  typing.tell("room", false);
  typing.tell("room", false);
  typing.tell("other", false);
  assert.deepEqual(sent, ["room on", "room on", "room off"]);
  typing.tell("room", true);
  assert.equal(sent.length, 3);
  await timers.pass(3_000);
  typing.tell("room", true);
  assert.equal(sent.at(-1), "room on");
});

Deno.test("Typing says nothing to nobody, nor later what it could not say", async () => {
  const { typing, timers, sent, world } = setUp();
  world.wanted = false;
  typing.tell("room", true);
  world.wanted = true;
  await timers.pass(10_000);
  typing.tell("room", false);
  assert.deepEqual(sent, []);
});

Deno.test("Typing forgets somebody 6 seconds after they were last heard of", async () => {
  const { typing, timers, changes } = setUp();
  typing.heard("room", "ann", true);
  typing.heard("room", "ben", true);
  await timers.pass(5_000);
  typing.heard("room", "ann", true);
  assert.deepEqual(typing.typers("room"), ["ann", "ben"]);
  assert.equal(changes(), 2);
  await timers.pass(1_000);
  assert.deepEqual(typing.typers("room"), ["ann"]);
  await timers.pass(4_999);
  assert.deepEqual(typing.typers("room"), ["ann"]);
  await timers.pass(1);
  assert.deepEqual(typing.typers("room"), []);
  assert.equal(changes(), 4);
});

Deno.test("Typing ends with what is said since, and not with what was said before", () => {
  const { typing, world } = setUp();
  world.newest = 10;
  typing.heard("room", "ann", true);
  // An edit, or an older page.
  typing.said("room", "ann", 3);
  typing.said("room", "ben", 11);
  assert.deepEqual(typing.typers("room"), ["ann"]);
  typing.said("room", "ann", 12);
  assert.deepEqual(typing.typers("room"), []);
});

Deno.test("Typing is never oneself, ends when it is said to, and with the connection", async () => {
  const { typing, timers, sent } = setUp();
  typing.heard("room", "me", true);
  assert.deepEqual(typing.typers("room"), []);
  typing.heard("room", "ann", true);
  typing.heard("room", "ann", false);
  assert.deepEqual(typing.typers("room"), []);
  typing.heard("room", "ann", true);
  typing.tell("room", true);
  typing.lost();
  assert.deepEqual(typing.typers("room"), []);
  // The next connection knows of nothing yet.
  typing.tell("room", true);
  assert.deepEqual(sent, ["room on", "room on"]);
  typing.close();
  await timers.pass(10_000);
});
