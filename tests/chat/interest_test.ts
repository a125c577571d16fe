import assert from "node:assert/strict";
import { createInterest } from "../../chat/interest.ts";
import { type Audience, groupTopic, userTopic } from "../../lib/bus/audience.ts";
import type { LogEnvelope } from "../../lib/bus/bus.ts";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { createFakeTopics } from "../support/fake_topics.ts";

const [ann, ben, room, other] = [newId(), newId(), newId(), newId()];

function setUp() {
  const topics = createFakeTopics();
  return { topics, interest: createInterest(topics) };
}

function log(audience: Audience, came?: Id[]): LogEnvelope {
  const place = { conversation: room, seq: 1, rev: 1, membersRev: 1 };
  return { kind: "log", ...place, audience, ...(came && { came }), frame: "" };
}

/** Connects somebody as `connect.ts` does, with what is read of them. */
async function arrive(
  { interest }: ReturnType<typeof setUp>,
  user: Id,
  conversations: Id[],
  large: Id[] = [],
): Promise<Id[]> {
  await interest.want(user);
  using arrival = interest.arrive(user);
  return await arrival.settle(conversations, large);
}

Deno.test("createInterest wants what is for somebody while they have a connection", async () => {
  const { interest, topics } = setUp();
  await interest.want(ann);
  await interest.want(ann);
  interest.unwant(ann);
  assert.deepEqual([...topics.wanted], [userTopic(ann)]);
  interest.unwant(ann);
  assert.deepEqual([...topics.wanted], []);
  // Nobody is here of whom it could be less.
  interest.unwant(ann);
  interest.unwant(newId());
  await interest.want(ann);
  assert.deepEqual([...topics.wanted], [userTopic(ann)]);
});

Deno.test("createInterest lets nobody begin before what is for them is heard", async () => {
  const { interest, topics } = setUp();
  topics.hold();
  let begun = 0;
  // The second one as well, though the first has asked already.
  const both = [interest.want(ann), interest.want(ann)].map((wanted) => wanted.then(() => begun++));
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(begun, 0);
  topics.release();
  await Promise.all(both);
});

Deno.test("createInterest knows what those belong to who are here, until they go", async () => {
  const world = setUp();
  const { interest } = world;
  assert.equal(interest.includes(room), false);
  await arrive(world, ann, [room, other]);
  await arrive(world, ben, [room]);
  await arrive(world, ann, [room, other]);
  assert.deepEqual([room, other].map(interest.includes), [true, true]);
  interest.unwant(ann);
  assert.deepEqual([room, other].map(interest.includes), [true, true]);
  interest.unwant(ann);
  assert.deepEqual([room, other].map(interest.includes), [true, false]);
  interest.unwant(ben);
  assert.equal(interest.includes(room), false);
});

Deno.test("createInterest follows a large group while anybody here belongs to it", async () => {
  const world = setUp();
  const { interest, topics } = world;
  interest.follow(room);
  assert.deepEqual([...topics.wanted], [], "nobody is in it");
  await arrive(world, ann, [room, other], [room]);
  await arrive(world, ben, [room], [room]);
  interest.follow(other);
  const groups = () => [...topics.wanted].filter((topic) => topic.startsWith("group."));
  assert.deepEqual(groups(), [groupTopic(room), groupTopic(other)]);
  interest.unwant(ann);
  assert.deepEqual(groups(), [groupTopic(room)]);
  interest.unwant(ben);
  assert.deepEqual(groups(), []);
});

Deno.test("createInterest has those groups read again that were not heard yet when they were read", async () => {
  const world = setUp();
  const { interest, topics } = world;
  assert.deepEqual(await arrive(world, ann, [room, other], [room]), [room]);
  // It is heard by now: whoever comes later has missed nothing.
  assert.deepEqual(await arrive(world, ben, [room], [room]), []);
  // Of two who come at once, the one who read first may have missed what the other's interest heard.
  const first = interest.arrive(ann);
  await arrive(world, newId(), [other], [other]);
  assert.deepEqual(await first.settle([room, other], [room, other]), [other]);
  topics.hold();
  const third = newId();
  let settled: Id[] | undefined;
  const settling = arrive(world, newId(), [third], [third]).then((again) => settled = again);
  topics.release();
  await settling;
  assert.deepEqual(settled, [third]);
});

Deno.test("createInterest has nothing read again where everything was heard all along", async () => {
  const interest = createInterest({ add: () => undefined, remove: () => {} });
  await interest.want(ann);
  using arrival = interest.arrive(ann);
  interest.missed([other]);
  assert.deepEqual(await arrival.settle([room, other], [room, other]), [other]);
});

Deno.test("createInterest settles nobody before their groups are heard", async () => {
  const world = setUp();
  const { interest, topics } = world;
  await interest.want(ann);
  using arrival = interest.arrive(ann);
  topics.hold();
  let settled = false;
  const settling = arrival.settle([room], [room]).then(() => settled = true);
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(settled, false);
  topics.release();
  await settling;
});

Deno.test("createInterest remembers for those who arrive what a digest is ahead in", async () => {
  const { interest } = setUp();
  await Promise.all([ann, ben].map(interest.want));
  interest.missed([other]);
  const one = interest.arrive(ann);
  interest.missed([room, newId()]);
  const later = interest.arrive(ben);
  assert.deepEqual(await one.settle([other, room], []), [room]);
  assert.deepEqual(await later.settle([other, room], []), []);
});

Deno.test("createInterest learns who came, of those who are here", async () => {
  const { interest } = setUp();
  assert.equal(interest.joined(ann, room), false);
  await interest.want(ann);
  assert.equal(interest.joined(ann, room), true);
  assert.equal(interest.joined(ann, room), false, "that is no news");
  assert.equal(interest.joined(ben, room), false, "ben is not here");
  assert.equal(interest.includes(room), true);
  interest.unwant(ann);
  assert.equal(interest.includes(room), false);
});

Deno.test("createInterest is concerned by what may be for somebody here, and by nothing else", async () => {
  const { interest } = setUp();
  const few = { users: [ann, ben] };
  const crowd = { users: [], group: true } as const;
  const asked = () =>
    [log(few), log(crowd), log("all"), log("all", [ann]), log({ ...crowd, users: [ann] })]
      .map(interest.concerns);
  assert.deepEqual(asked(), [false, false, false, false, false]);
  await interest.want(ann);
  // Before it is known what ann belongs to.
  assert.deepEqual(asked(), [true, false, false, true, true]);
  interest.joined(ann, room);
  assert.deepEqual(asked(), [true, true, true, true, true]);
});

Deno.test("createInterest forgets what the database knows of nobody here, unless there was news meanwhile", async () => {
  const world = setUp();
  const { interest, topics } = world;
  await arrive(world, ann, [room, other], [room]);
  await arrive(world, ben, [room]);
  const before = interest.saidSo;
  // Said of somebody who is believed to be in it anyway, and after it was asked.
  interest.joined(ben, room);
  interest.forget(room, before);
  assert.equal(interest.includes(room), true);
  // What is said of another is no news of this one: a busy node would never forget anything.
  const asked = interest.saidSo;
  interest.joined(ben, other);
  interest.forget(room, asked);
  assert.equal(interest.includes(room), false);
  interest.joined(ann, room);
  interest.joined(ben, room);
  interest.follow(room);
  interest.unwant(ben);
  await interest.want(ben);
  interest.joined(ben, room);
  interest.forget(room, interest.saidSo);
  assert.deepEqual([room, other].map(interest.includes), [false, true]);
  assert.ok(!topics.wanted.has(groupTopic(room)));
  interest.forget(newId(), interest.saidSo);
  // Nothing of it is left that could be counted twice.
  interest.unwant(ann);
  interest.joined(ben, room);
  assert.equal(interest.includes(room), true);
  interest.unwant(ben);
  assert.equal(interest.includes(room), false);
});

Deno.test("createInterest takes no conversation for another, however alike their ids", async () => {
  const world = setUp();
  const { interest, topics } = world;
  const [one, twin] = ["0", "1"].map((n) => `0000000${n}-0000-7000-8000-0000deadbeef`);
  assert.ok(one !== undefined && twin !== undefined);
  await arrive(world, ann, [one], [one]);
  assert.deepEqual([one, twin].map(interest.includes), [true, false]);
  interest.forget(twin, interest.saidSo);
  assert.equal(interest.includes(one), true);
  assert.ok(topics.wanted.has(groupTopic(one)));
  assert.equal(interest.joined(ann, twin), true);
  interest.follow(twin);
  assert.ok(topics.wanted.has(groupTopic(twin)));
});
