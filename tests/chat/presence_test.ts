import assert from "node:assert/strict";
import { createHub } from "../../chat/hub.ts";
import { createDigestReader } from "../../chat/digest_reader.ts";
import { createInterest } from "../../chat/interest.ts";
import { createMemberships } from "../../chat/memberships.ts";
import { createPresenceTracker } from "../../chat/presence.ts";
import { createRegistration } from "../../chat/registration.ts";
import type { Envelope } from "../../lib/bus/bus.ts";
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Presence } from "../../status/presence.ts";
import { createStatus } from "../../status/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { openTestSession } from "../support/fake_session.ts";
import { createFakeTopics } from "../support/fake_topics.ts";
import { createMemoryStore } from "../support/memory_store.ts";
import { createReport, createSpeakingNode } from "../support/speaking_node.ts";
import { statusParts } from "../support/status_parts.ts";

const [ann, ben] = [newId(), newId()];

/** Two nodes with real hubs and trackers on one bus, one store and one clock. */
async function setUp() {
  const cleanup = new AsyncDisposableStack();
  const clock = createFakeClock();
  const wire = createMemoryWire();
  const kv = await Deno.openKv(":memory:");
  cleanup.defer(() => kv.close());
  /** `deaf`: what is written is stored, and the answer is lost. */
  const stored = { away: false, deaf: false };
  const heard: Envelope[] = [];
  await wire.open().subscribe({ envelope: (e) => void heard.push(e), reconnected: () => {} });

  const start = async (node: string) => {
    const writes: Id[][] = [];
    const status = createStatus(statusParts({ kv, clock }));
    const real = status.presence;
    const unlessAway = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => (...args: A) =>
      stored.away ? Promise.reject(new Error("the store is away")) : call(...args);
    const presence: Presence = {
      ...real,
      read: async (users) =>
        stored.away
          ? users.map((user) => ({ user, state: "unknown", lastSeenAt: null, version: "" }))
          : await real.read(users),
      write: unlessAway(async (by, changes) => {
        writes.push([...changes.keys()]);
        const seen = await real.write(by, changes);
        if (stored.deaf) throw new Error("the answer was lost");
        return seen;
      }),
    };
    const log = createFakeLog();
    const registration = createRegistration({
      nodes: { ...status.nodes, renew: unlessAway(status.nodes.renew) },
      self: createReport({ node }),
      load: () => ({ connections: 0, delay: 0 }),
      isOpen: () => true,
      ...{ clock, log },
    });
    const memberships = createMemberships(createMemoryStore(clock, 1).store);
    const bus = wire.open();
    const tracker = createPresenceTracker({
      ...{ presence, registration, bus, log },
      readWatchable: (pairs) =>
        Promise.resolve(pairs.map((pair) => ({ ...pair, hiddenSince: null }))),
      sessions: { all: () => hub.sessions(), of: (user) => hub.sessionsOf(user) },
    });
    const hub: ReturnType<typeof createHub> = createHub({
      interest: createInterest(createFakeTopics()),
      memberships,
      digests: createDigestReader(clock, node, () => false),
      clock,
      heads: { of: () => Promise.resolve([]), recent: () => Promise.resolve([]) },
      presence: tracker,
      onError: (error) => assert.fail(String(error)),
    });
    await bus.subscribe(hub);
    return {
      ...{ tracker, hub, writes },
      join: (user: Id) => {
        const opened = openTestSession({ user, clock });
        hub.register(opened.session);
        return opened;
      },
    };
  };
  const nodes = [await start("one"), await start("two")] as const;
  /** A second passes on every node, and what comes of it has come. */
  const tick = async (seconds = 1) => {
    for (let n = 0; n < seconds; n++) {
      clock.advance(1_000);
      for (const { tracker } of nodes) tracker.tick();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    ...{ nodes, tick, stored, heard, clock },
    /** For a node that has no more than this. */
    status: createStatus(statusParts({ kv, clock })),
    forgetAll: async () => {
      for await (const { key } of kv.list({ prefix: [] })) await kv.delete(key);
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

function presences({ frames }: ReturnType<typeof openTestSession>): string[] {
  return frames().flatMap((frame) => frame.type === "presence" ? [frame.state] : []);
}

Deno.test("PresenceTracker tells on every node who comes, how they are, and who goes", async () => {
  await using world = await setUp();
  const [one, two] = world.nodes;
  const watching = one.join(ben);
  await world.tick();
  assert.deepEqual(await one.tracker.watch(watching.session, [ann]), [
    { user: ann, state: "offline", lastSeenAt: null },
  ]);
  const { session } = two.join(ann);
  await world.tick();
  await eventually(() => presences(watching).length === 1, "the arrival");
  two.tracker.set(session, "busy");
  await world.tick();
  await eventually(() => presences(watching).length === 2, "the state");
  const until = new Date(world.clock.now() + 1_000).toISOString();
  two.hub.unregister(session);
  await world.tick();
  await eventually(() => presences(watching).length === 3, "the departure");
  assert.deepEqual(presences(watching), ["online", "busy", "offline"]);
  const last = watching.frames().at(-1);
  assert.equal(last?.type === "presence" && last.lastSeenAt, until);
});

Deno.test("PresenceTracker writes once a tick, whatever happens in it, and nothing for nothing", async () => {
  await using world = await setUp();
  const [one] = world.nodes;
  const people = Array.from({ length: 150 }, () => one.join(newId()));
  for (const { session } of people) {
    for (const state of ["away", "busy", "online", "away"] as const) {
      one.tracker.set(session, state);
    }
  }
  await world.tick();
  await eventually(() => one.writes.length === 1, "the write");
  assert.equal(one.writes[0]?.length, 150);
  for (const { session } of people) one.tracker.set(session, "away");
  // Gone and back within a tick was never gone.
  const [first] = people;
  assert.ok(first);
  const second = one.join(first.session.user);
  one.tracker.set(second.session, "away");
  one.hub.unregister(first.session);
  one.hub.unregister(first.session);
  await world.tick(12);
  assert.equal(one.writes.length, 1);
  one.hub.unregister(second.session);
  await world.tick();
  await eventually(() => one.writes.length === 2, "the departure");
  assert.deepEqual(one.writes[1], [first.session.user]);
});

Deno.test("PresenceTracker says unknown while the store is away, and all of it once it is back", async () => {
  await using world = await setUp();
  const [one, two] = world.nodes;
  const watching = one.join(ben);
  const { session } = two.join(ann);
  await world.tick();
  await eventually(() => world.heard.length > 0, "the first news");
  await one.tracker.watch(watching.session, [ann]);
  world.stored.away = true;
  two.tracker.set(session, "busy");
  await world.tick(6);
  await eventually(() => presences(watching).length === 1, "that nothing is known");
  world.stored.away = false;
  await world.tick(6);
  await eventually(() => presences(watching).at(-1) === "busy", "what happened meanwhile");
  assert.equal(presences(watching)[0], "unknown");
});

Deno.test("PresenceTracker tells of what was stored without an answer, and takes back what no longer is", async () => {
  await using world = await setUp();
  const [one, two] = world.nodes;
  const watching = one.join(ben);
  const { session } = two.join(ann);
  await world.tick();
  await eventually(() => world.heard.length > 0, "the arrival");
  await one.tracker.watch(watching.session, [ann]);
  world.stored.deaf = true;
  two.tracker.set(session, "busy");
  await world.tick();
  await eventually(() => two.writes.length === 2, "the write that fails");
  world.stored.deaf = false;
  await world.tick();
  await eventually(() => presences(watching).at(-1) === "busy", "what was stored");
  // And what is not true any more by the time that there is an answer again.
  world.stored.deaf = true;
  two.tracker.set(session, "away");
  await world.tick();
  await eventually(() => two.writes.length === 4, "the next write that fails");
  two.tracker.set(session, "busy");
  world.stored.deaf = false;
  await world.tick();
  await eventually(async () => {
    const [seen] = await one.tracker.watch(watching.session, [ann]);
    return seen?.state === "busy";
  }, "that Ann is busy");
  assert.equal(two.writes.length, 5);
});

Deno.test("PresenceTracker writes everything again when the store has forgotten it", async () => {
  await using world = await setUp();
  const [one, two] = world.nodes;
  const watching = one.join(ben);
  two.join(ann);
  await world.tick();
  await one.tracker.watch(watching.session, [ann]);
  await world.forgetAll();
  await world.tick(6);
  await eventually(async () => {
    const [seen] = await one.tracker.watch(watching.session, [ann]);
    return seen?.state === "online";
  }, "that Ann is there");
});

Deno.test("PresenceTracker notices that a node died with those who were there", async () => {
  await using world = await setUp();
  const [one, two] = world.nodes;
  const watching = one.join(ben);
  two.join(ann);
  await world.tick();
  await eventually(() => world.heard.length > 0, "the arrival");
  await one.tracker.watch(watching.session, [ann]);
  // No tick of the other node any more: nobody says goodbye for Ann.
  for (let second = 0; second < 22; second++) {
    world.clock.advance(1_000);
    one.tracker.tick();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await eventually(() => presences(watching).at(-1) === "offline", "that Ann is gone");
});

Deno.test("PresenceTracker asks again what may be known when the bus lost something", async () => {
  await using world = await setUp();
  const [one, two] = world.nodes;
  const watching = one.join(ben);
  await world.tick();
  await one.tracker.watch(watching.session, [ann]);
  const { session } = two.join(ann);
  await world.tick();
  await eventually(() => presences(watching).includes("online"), "the arrival");
  two.tracker.set(session, "away");
  const before = presences(watching).length;
  one.hub.reconnected();
  await world.tick(2);
  await eventually(() => presences(watching).slice(before).includes("away"), "how Ann is");
});

Deno.test("PresenceTracker says within 20 s that the people of a dead node are gone", async () => {
  // Whenever it dies between two renewals of the node that watches.
  for (const before of [0, 1, 2, 3, 4]) {
    await using world = await setUp();
    const [one] = world.nodes;
    const watching = one.join(ben);
    await world.tick();
    const dying = createSpeakingNode(world.status, "dying");
    await world.tick(before);
    await dying.renew();
    await dying.write(new Map([[ann, "online"]]));
    const died = world.clock.now();
    const [first] = await one.tracker.watch(watching.session, [ann]);
    assert.equal(first?.state, "online");
    // A node that dies writes nothing: only its lease ends.
    while (!presences(watching).includes("offline") && world.clock.now() < died + 30_000) {
      await world.tick();
    }
    const seconds = (world.clock.now() - died) / 1000;
    // It dies on a tick here: in between it would take up to a second longer.
    assert.ok(seconds >= 15 && seconds <= 18, `${seconds} s`);
  }
});
