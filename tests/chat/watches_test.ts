import assert from "node:assert/strict";
import { createWatches } from "../../chat/watches.ts";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Pair } from "../../lib/sql/watchable.ts";
import type { Seen } from "../../status/presence.ts";
import { settle } from "../support/fake_timers.ts";
import { openTestSession } from "../support/fake_session.ts";

const [ann, ben, cat] = [newId(), newId(), newId()];

/** People who may all watch each other, until a test changes that. */
function setUp() {
  const states = new Map<Id, Seen>();
  const strangers = new Set<Id>();
  /** Who hides from everybody, since when. */
  const hidden = new Map<Id, string>();
  const questions: { pairs: readonly Pair[]; go: () => void }[] = [];
  /** Whom the store of presence was asked about, one entry a time. */
  const reads: (readonly Id[])[] = [];
  const world = { held: false, failing: false };
  let version = 0;
  const seenAs = (user: Id, state: Seen["state"]): Seen => {
    const seen = { user, state, lastSeenAt: null, version: String(++version).padStart(4, "0") };
    states.set(user, seen);
    return seen;
  };
  for (const user of [ann, ben, cat]) seenAs(user, "online");
  const watches = createWatches({
    presence: {
      read: (users) => {
        reads.push(users);
        return Promise.resolve(users.flatMap((user) => states.get(user) ?? []));
      },
    },
    readWatchable: async (pairs) => {
      const allowed = pairs.filter(({ viewer, user }) =>
        !strangers.has(user) && !strangers.has(viewer)
      ).map((pair) => ({ ...pair, hiddenSince: hidden.get(pair.user) ?? null }));
      const gate = Promise.withResolvers<void>();
      questions.push({ pairs, go: gate.resolve });
      if (world.held) await gate.promise;
      if (world.failing) throw new Error("the database is away");
      return allowed;
    },
  });
  return { watches, states, strangers, hidden, questions, reads, world, seenAs };
}

function state(user: Id, state: string) {
  return { user, state, lastSeenAt: null };
}

Deno.test("Watches answers how people are, in the order asked, and then what changes", async () => {
  const { watches, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  seenAs(cat, "busy");
  assert.deepEqual(await watches.watch(session, [cat, ben, cat]), [
    state(cat, "busy"),
    state(ben, "online"),
  ]);
  watches.heard([seenAs(ben, "away")]);
  assert.deepEqual(frames(), [{ type: "presence", ...state(ben, "away") }]);
});

Deno.test("Watches tells nothing of who is not watched any more", async () => {
  const { watches, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  await watches.watch(session, [ben]);
  await watches.watch(session, [cat]);
  watches.heard([seenAs(ben, "away")]);
  assert.deepEqual(frames(), []);
  assert.deepEqual(await watches.watch(session, []), []);
  watches.heard([seenAs(cat, "away")]);
  assert.deepEqual(frames(), []);
  await watches.watch(session, [ben]);
  watches.drop(session);
  watches.heard([seenAs(ben, "busy")]);
  assert.deepEqual(frames(), []);
});

Deno.test("Watches says unknown of strangers, and nothing of what they do", async () => {
  const { watches, strangers, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  strangers.add(ben);
  assert.deepEqual(await watches.watch(session, [ben, cat]), [
    state(ben, "unknown"),
    state(cat, "online"),
  ]);
  watches.heard([seenAs(ben, "away")]);
  assert.deepEqual(frames(), []);
});

Deno.test("Watches drops what is older than what it knows, and what says nothing new", async () => {
  const { watches, states, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  await watches.watch(session, [ben]);
  const older = seenAs(ben, "away");
  const newer = seenAs(ben, "busy");
  watches.heard([newer]);
  watches.heard([older]);
  watches.heard([seenAs(ben, "busy")]);
  assert.deepEqual(frames(), [{ type: "presence", ...state(ben, "busy") }]);
  // A store that is away knows no versions, and is believed all the same; so is what comes after.
  states.set(ben, { ...newer, state: "unknown", version: "" });
  await watches.refresh();
  watches.heard([newer]);
  assert.deepEqual(
    frames().slice(1).map((frame) => frame.type === "presence" && frame.state),
    ["unknown", "busy"],
  );
});

Deno.test("Watches asks again when two people's relation has changed, for both and nobody else", async () => {
  const { watches, strangers, questions, seenAs } = setUp();
  const atAnn = openTestSession({ user: ann });
  const atBen = openTestSession({ user: ben });
  const atCat = openTestSession({ user: cat });
  await watches.watch(atAnn.session, [ben]);
  await watches.watch(atBen.session, [ann]);
  await watches.watch(atCat.session, [ann, ben]);
  questions.length = 0;
  strangers.add(ben);
  await watches.related(ann, ben);
  assert.deepEqual(questions.map(({ pairs }) => pairs), [
    [{ viewer: ann, user: ben }, { viewer: ben, user: ann }],
  ]);
  assert.deepEqual(atAnn.frames(), [{ type: "presence", ...state(ben, "unknown") }]);
  assert.deepEqual(atBen.frames(), [{ type: "presence", ...state(ann, "unknown") }]);
  watches.heard([seenAs(ben, "busy"), seenAs(ann, "busy")]);
  assert.deepEqual([atAnn.frames().length, atBen.frames().length], [1, 1]);
  assert.equal(atCat.frames().length, 2);
  strangers.clear();
  await watches.related(ben, ann);
  assert.deepEqual(atAnn.frames().at(-1), { type: "presence", ...state(ben, "busy") });
});

Deno.test("Watches tells nothing while it asks, nor by an answer that a later question overtook", async () => {
  const { watches, strangers, questions, world, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  world.held = true;
  // The answer to this is made before the two are parted, and comes after.
  const early = watches.watch(session, [ben]);
  strangers.add(ben);
  const late = watches.related(ann, ben);
  watches.heard([seenAs(ben, "busy")]);
  questions[1]?.go();
  await late;
  questions[0]?.go();
  assert.deepEqual(await early, [state(ben, "unknown")]);
  watches.heard([seenAs(ben, "away")]);
  assert.deepEqual(frames(), [{ type: "presence", ...state(ben, "unknown") }]);
});

Deno.test("Watches tells nobody what it could not ask about", async () => {
  const { watches, world, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  await watches.watch(session, [ben]);
  world.failing = true;
  await assert.rejects(watches.related(ann, ben));
  watches.heard([seenAs(ben, "busy")]);
  assert.deepEqual(frames(), []);
  world.failing = false;
  await watches.checkAll();
  assert.deepEqual(frames(), [{ type: "presence", ...state(ben, "busy") }]);
});

Deno.test("Watches makes good what nobody said, for those who may know", async () => {
  const { watches, strangers, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  strangers.add(cat);
  await watches.watch(session, [ben, cat]);
  seenAs(ben, "offline");
  seenAs(cat, "offline");
  await watches.refresh();
  await settle();
  assert.deepEqual(frames(), [{ type: "presence", ...state(ben, "offline") }]);
});

Deno.test("Watches shows whoever blocks as gone since then, and nothing of what they do", async () => {
  const { watches, states, hidden, seenAs } = setUp();
  const { session, frames } = openTestSession({ user: ann });
  const [before, since, later] = [1, 2, 3].map((hour) => `2026-01-01T0${hour}:00:00.000Z`);
  assert.ok(before && since && later);
  const gone = (lastSeenAt: string) => ({ user: ben, state: "offline", lastSeenAt });
  await watches.watch(session, [ben]);
  hidden.set(ben, since);
  await watches.related(ann, ben);
  assert.deepEqual(frames(), [{ type: "presence", ...gone(since) }]);
  for (const state of ["away", "busy"] as const) watches.heard([seenAs(ben, state)]);
  const left = { ...seenAs(ben, "offline"), lastSeenAt: later };
  states.set(ben, left);
  watches.heard([left]);
  await watches.related(ann, ben);
  await watches.checkAll();
  assert.equal(frames().length, 1);
  assert.deepEqual(await watches.watch(session, [ben]), [gone(since)]);
  // Who had gone before stays gone since then: at the block nothing is told at all.
  hidden.clear();
  states.set(ben, { ...seenAs(ben, "offline"), lastSeenAt: before });
  assert.deepEqual(await watches.watch(session, [ben]), [gone(before)]);
  hidden.set(ben, since);
  await watches.related(ann, ben);
  assert.equal(frames().length, 1);
  // While nothing is known of anybody, nothing is known of this one; and then as before.
  const online = seenAs(ben, "online");
  states.set(ben, { ...online, state: "unknown", version: "" });
  await watches.refresh();
  states.set(ben, online);
  await watches.refresh();
  assert.deepEqual(frames().slice(1), [
    { type: "presence", ...state(ben, "unknown") },
    { type: "presence", ...gone(since) },
  ]);
});

Deno.test("Watches tells those who watch already what it reads for somebody new", async () => {
  const { watches, seenAs } = setUp();
  const early = openTestSession({ user: ann });
  const late = openTestSession({ user: cat });
  await watches.watch(early.session, [ben]);
  const news = seenAs(ben, "away");
  assert.deepEqual(await watches.watch(late.session, [ben]), [state(ben, "away")]);
  watches.heard([news]);
  assert.deepEqual(early.frames(), [{ type: "presence", ...state(ben, "away") }]);
  assert.deepEqual(late.frames(), []);
});

Deno.test("Watches checks hundreds of sessions by few questions, and tells what is new alone", async () => {
  const { watches, strangers, questions, reads, seenAs } = setUp();
  const people = Array.from({ length: 10 }, () => newId());
  for (const user of people) seenAs(user, "online");
  const watching = Array.from({ length: 450 }, () => openTestSession({ user: newId() }));
  for (const { session } of watching) await watches.watch(session, people);
  questions.length = reads.length = 0;
  await watches.checkAll();
  // 4,500 pairs, of which at most 2,000 and a list are in one question.
  assert.deepEqual(questions.map(({ pairs }) => pairs.length), [2_000, 2_000, 500]);
  assert.deepEqual(reads.flat().sort(), [...people].sort());
  assert.deepEqual(watching.flatMap(({ frames }) => frames()), []);

  // Two changes were lost on the way: one of how somebody is, one of who may know.
  const [first = "", second = ""] = people;
  const [parted] = watching;
  assert.ok(parted);
  seenAs(first, "busy");
  strangers.add(parted.session.user);
  seenAs(second, "online");
  await watches.checkAll();
  for (const { frames } of watching.slice(1)) {
    assert.deepEqual(frames(), [{ type: "presence", ...state(first, "busy") }]);
  }
  assert.deepEqual(
    parted.frames(),
    people.map((user) => ({ type: "presence", ...state(user, "unknown") })),
  );
});
