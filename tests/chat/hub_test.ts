import assert from "node:assert/strict";
import { createDigestReader, type DigestReader } from "../../chat/digest_reader.ts";
import { createHub } from "../../chat/hub.ts";
import { createInterest } from "../../chat/interest.ts";
import type { HeadSource } from "../../chat/losses.ts";
import type { Memberships } from "../../chat/memberships.ts";
import { FOLLOWED, groupTopic, userTopic } from "../../lib/bus/audience.ts";
import type { DigestEnvelope, LogEnvelope } from "../../lib/bus/bus.ts";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Membership } from "../../lib/sql/members.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestSession } from "../support/fake_session.ts";
import { createFakeTopics } from "../support/fake_topics.ts";

const room = newId();
const ann = newId();
const ben = newId();

function membership(
  membersRev: number,
  members: Record<Id, number> = { [ann]: 0, [ben]: 0 },
  historyVisible = false,
): Membership {
  return {
    conversation: room,
    kind: "group",
    membersRev,
    historyVisible,
    open: true,
    members: new Map(
      Object.entries(members).map(([user, joinedSeq]) => [user, { role: "member", joinedSeq }]),
    ),
  };
}

const audience = { users: [ann, ben] };

function log(change: Partial<LogEnvelope> = {}): LogEnvelope {
  const seq = change.seq ?? 1;
  const frame = JSON.stringify({ type: "message", message: { seq } });
  const place = { conversation: room, seq, rev: seq, membersRev: 1, audience };
  return { kind: "log", ...place, frame, ...change };
}

const members = { kind: "members", conversation: room, audience } as const;

/** Memberships whose database is the test: each reload waits for `answer`. */
function createFakeMemberships(cached?: Membership) {
  const asked: PromiseWithResolvers<Membership | undefined>[] = [];
  let known = cached;
  const memberships: Memberships = {
    peek: () => known,
    outdated: () => Promise.resolve([]),
    get: () => Promise.resolve(new Map(known && [[room, known]])),
    reload: async () => {
      const question = Promise.withResolvers<Membership | undefined>();
      asked.push(question);
      known = await question.promise;
      return new Map(known && [[room, known]]);
    },
    clear: () => {},
  };
  return { memberships, asked };
}

function setUp(cached: Membership | undefined = membership(1)) {
  const { memberships, asked } = createFakeMemberships(cached);
  const errors: unknown[] = [];
  const questions: unknown[] = [];
  /** What presence was told. */
  const told: unknown[][] = [];
  const heads: HeadSource & { down: boolean } = {
    down: false,
    of: (conversations, users) => answer(["of", conversations, users]),
    recent: (users, seconds) => answer(["recent", users, seconds]),
  };
  const answer = (question: unknown) => {
    questions.push(question);
    return heads.down ? Promise.reject(new Error("the database is away")) : Promise.resolve([
      { user: ann, conversation: room, seq: 4, rev: 5, readSeq: 3, large: false },
    ]);
  };
  const clock = createFakeClock();
  const digests: DigestReader = createDigestReader(clock, "near", () => false);
  const topics = createFakeTopics();
  const interest = createInterest(topics);
  const hub = createHub({
    interest,
    memberships,
    digests,
    heads,
    presence: {
      joined: ({ user }) => void told.push(["joined", user]),
      left: ({ user }) => void told.push(["left", user]),
      heard: (changes) => void told.push(["heard", changes]),
      related: (...between) => void told.push(["related", ...between]),
      lost: () => void told.push(["lost"]),
    },
    clock,
    onError: (error) => void errors.push(error),
  });
  const join = (user: Id, options: { connection?: string; session?: Id; ready?: boolean } = {}) => {
    const opened = openTestSession({ user, ...options });
    hub.register(opened.session);
    if (user in { [ann]: 0, [ben]: 0 }) interest.joined(user, room);
    return opened;
  };
  return { hub, interest, topics, asked, errors, questions, told, heads, clock, join };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

const head = { type: "head", conversation: room, seq: 4, rev: 5, readSeq: 3 };

Deno.test("createHub hands a message to every session of the members and to nobody else", () => {
  const { hub, join } = setUp();
  const members = [join(ann), join(ann), join(ben)];
  const stranger = join(newId());
  const gone = join(ben);
  hub.unregister(gone.session);
  hub.envelope(log());
  for (const { frames } of members) {
    assert.deepEqual(frames(), [{ type: "message", message: { seq: 1 } }]);
  }
  assert.deepEqual([stranger.frames(), gone.frames()], [[], []]);
});

Deno.test("createHub counts its sessions, and each goodbye once", () => {
  const { hub, join } = setUp();
  const [one, two] = [join(ann), join(ann), join(ben)];
  assert.equal(hub.connections, 3);
  hub.unregister(one.session);
  hub.unregister(one.session);
  assert.equal(hub.connections, 2);
  hub.unregister(two.session);
  hub.unregister(one.session);
  assert.equal(hub.connections, [...hub.sessions()].length);
});

Deno.test("createHub spares only the connection that is answered instead", () => {
  const { hub, join } = setUp();
  const sending = join(ann, { connection: "the one" });
  const tab = join(ann);
  hub.envelope(log({ spare: "the one" }));
  assert.deepEqual([sending.frames().length, tab.frames().length], [0, 1]);
});

Deno.test("createHub moves only the cursor of who came after the message", () => {
  const { hub, join } = setUp(membership(1, { [ann]: 5, [ben]: 4 }));
  const late = join(ann);
  const early = join(ben);
  hub.envelope(log({ seq: 5, rev: 9 }));
  assert.deepEqual(late.frames(), [{ type: "advance", conversation: room, rev: 9 }]);
  assert.equal(early.frames()[0]?.type, "message");
});

Deno.test("createHub shows everything where the history is visible", () => {
  const { hub, join } = setUp(membership(1, { [ann]: 5 }, true));
  const late = join(ann);
  hub.envelope(log({ seq: 5 }));
  assert.equal(late.frames()[0]?.type, "message");
});

Deno.test("createHub trusts a cached membership that is as new as the envelope or newer", () => {
  const { hub, join, asked } = setUp(membership(3));
  const member = join(ann);
  hub.envelope(log({ membersRev: 2 }));
  hub.envelope(log({ membersRev: 3 }));
  assert.equal(member.frames().length, 2);
  assert.equal(asked.length, 0);
});

Deno.test("createHub reads the members anew for a newer envelope, and keeps the order", async () => {
  const { hub, join, asked } = setUp(membership(1));
  const member = join(ann);
  const removed = join(ben);
  hub.envelope(log({ seq: 1, membersRev: 2 }));
  hub.envelope(log({ seq: 2, membersRev: 2 }));
  // Also what the cache would do for: it must not overtake.
  hub.envelope({ ...members, membersRev: 1, frame: '{"type":"resync"}' });
  assert.equal(asked.length, 1);
  assert.deepEqual(member.frames(), []);
  asked[0]?.resolve(membership(2, { [ann]: 0 }));
  await settled();
  assert.deepEqual(member.frames(), [
    { type: "message", message: { seq: 1 } },
    { type: "message", message: { seq: 2 } },
    { type: "resync" },
  ]);
  assert.deepEqual(removed.frames(), []);
});

Deno.test("createHub reads the members again when they changed while it read them", async () => {
  const { hub, join, asked } = setUp(membership(1));
  const removed = join(ben);
  hub.envelope(log({ seq: 1, membersRev: 2 }));
  // Said after ben was removed: published while the answer to the first question is on its way.
  hub.envelope(log({ seq: 2, membersRev: 3 }));
  asked[0]?.resolve(membership(2));
  await settled();
  assert.deepEqual(removed.frames(), [{ type: "message", message: { seq: 1 } }]);
  asked[1]?.resolve(membership(3, { [ann]: 0 }));
  await settled();
  assert.equal(removed.frames().length, 1);
});

Deno.test("createHub drops what belongs to a conversation that is gone", async () => {
  const { hub, join, asked } = setUp(membership(1));
  const member = join(ann);
  hub.envelope(log({ membersRev: 2 }));
  asked[0]?.resolve(undefined);
  await settled();
  assert.deepEqual(member.frames(), []);
});

Deno.test("createHub makes good by heads what it could not hand out", async () => {
  const { hub, join, asked, errors, questions, heads } = setUp(membership(1));
  const member = join(ann);
  hub.envelope(log({ membersRev: 2 }));
  asked[0]?.reject(new Error("the database is away"));
  await settled();
  assert.equal(errors.length, 1);
  heads.down = true;
  hub.tick();
  await settled();
  hub.tick();
  await settled();
  assert.deepEqual(member.frames(), []);
  heads.down = false;
  hub.tick();
  await settled();
  assert.deepEqual(member.frames(), [head]);
  const before = questions.length;
  hub.tick();
  await settled();
  assert.equal(questions.length, before, "nothing is owed any more");
  // The next envelope is not stuck behind the one that failed.
  hub.envelope(log({ seq: 2, membersRev: 2 }));
  asked[1]?.resolve(membership(2));
  await settled();
  assert.equal(member.frames().at(-1)?.type, "message");
});

Deno.test("createHub lets members ask for everything when it lost more than messages", async () => {
  const { hub, join, asked, heads } = setUp(membership(1));
  const member = join(ann);
  const stranger = join(newId());
  hub.envelope(log({ membersRev: 2 }));
  hub.envelope({ ...members, membersRev: 2, frame: "{}" });
  asked[0]?.reject(new Error("the database is away"));
  await settled();
  heads.down = true;
  hub.tick();
  await settled();
  assert.deepEqual(member.frames(), []);
  heads.down = false;
  hub.tick();
  await settled();
  assert.deepEqual(member.frames(), [head, { type: "resync" }]);
  assert.deepEqual(stranger.frames(), []);
});

Deno.test("createHub sends heads for the conversations that a digest is ahead in", async () => {
  const { hub, join, questions } = setUp();
  const member = join(ann);
  const stranger = join(newId());
  const digest = { kind: "digest", origin: "far", epoch: "e", came: [] } as const;
  hub.envelope({ ...digest, number: 1, revs: [] });
  hub.tick();
  await settled();
  questions.length = 0;
  const before = member.frames().length;
  hub.envelope(log({ seq: 1, rev: 1 }));
  hub.envelope({ ...digest, number: 2, revs: [[room, 1]] });
  await settled();
  assert.deepEqual(questions, []);
  hub.envelope({ ...digest, number: 3, revs: [[room, 2]] });
  await settled();
  assert.deepEqual(questions, [["of", [room], [ann, stranger.session.user]]]);
  assert.deepEqual(member.frames().slice(before + 1), [head]);
});

Deno.test("createHub sends heads and resync when anything may be lost, until it worked", async () => {
  const { hub, join, heads, questions, clock } = setUp();
  const member = join(ann);
  const stranger = join(ben);
  heads.down = true;
  hub.reconnected();
  hub.tick();
  await settled();
  assert.deepEqual(member.frames(), []);
  clock.advance(60_000);
  // Of several losses the earliest counts, and the time until the answer as well.
  hub.envelope(digest({ number: 1 }));
  hub.tick();
  await settled();
  clock.advance(1_000);
  heads.down = false;
  hub.tick();
  await settled();
  assert.deepEqual(member.frames(), [head, { type: "resync" }]);
  assert.deepEqual(stranger.frames(), [{ type: "resync" }]);
  const users = [ann, ben];
  assert.deepEqual(questions, [930, 990, 991].map((seconds) => ["recent", users, seconds]));
  hub.tick();
  await settled();
  assert.equal(questions.length, 3, "nothing is owed any more");
});

Deno.test("createHub asks the database nothing while nobody is connected", async () => {
  const { hub, questions } = setUp();
  hub.reconnected();
  hub.tick();
  await settled();
  assert.deepEqual(questions, []);
});

Deno.test("createHub notices that an origin has fallen silent", async () => {
  const { hub, join, clock, questions } = setUp();
  join(ann);
  hub.envelope({ kind: "digest", origin: "far", epoch: "e", number: 1, revs: [], came: [] });
  hub.tick();
  await settled();
  questions.length = 0;
  clock.advance(4_000);
  hub.tick();
  await settled();
  assert.equal(questions.length, 1);
});

Deno.test("createHub asks once for all that may be lost within a tick, and says so once", async () => {
  const { hub, join, questions } = setUp();
  const { frames } = join(ben);
  hub.reconnected();
  for (let n = 0; n < 20; n++) hub.envelope(digest({ origin: `far.${n}` }));
  hub.tick();
  // While the first question is not answered, no other is asked.
  hub.envelope(digest({ origin: "another" }));
  hub.tick();
  assert.equal(questions.length, 1);
  await settled();
  hub.tick();
  await settled();
  assert.equal(questions.length, 2);
  assert.deepEqual(frames(), [{ type: "resync" }, { type: "resync" }]);
});

Deno.test("createHub lets many clients load anew one after the other", async () => {
  const { hub, join } = setUp();
  const all = Array.from({ length: 4_500 }, () => join(ben));
  const told = () => all.filter(({ frames }) => frames().length > 0).length;
  hub.reconnected();
  const counts: number[] = [];
  for (let tick = 0; tick < 4; tick++) {
    hub.tick();
    await settled();
    counts.push(told());
  }
  assert.deepEqual(counts, [2_000, 4_000, 4_500, 4_500]);
});

Deno.test("createHub ends every connection of an ended session, and no other", () => {
  const { hub, join } = setUp();
  const session = newId();
  const ended = [join(ann, { session }), join(ann, { session })];
  const others = [join(ann), join(ben)];
  hub.envelope({ kind: "session-ended", session, reason: "signed-out" });
  assert.deepEqual(ended.map(({ socket }) => socket.closes[0]?.code), [4201, 4201]);
  assert.deepEqual(others.map(({ socket }) => socket.closes.length), [0, 0]);
});

Deno.test("createHub hands what is for people to all their sessions once", () => {
  const { hub, join } = setUp();
  const tabs = [join(ann), join(ann)];
  const other = join(ben);
  hub.envelope({ kind: "people", users: [ann, newId()], frame: '{"type":"resync"}' });
  assert.deepEqual(tabs.map(({ frames }) => frames().length), [1, 1]);
  assert.deepEqual(other.frames(), []);
});

Deno.test("createHub tells presence who comes and goes, what is said of it, and what may be lost", async () => {
  const { hub, join, told } = setUp();
  const { session } = join(ann);
  const changes = [{ user: ben, state: "away", lastSeenAt: null, version: "1" }] as const;
  hub.envelope({ kind: "presence", changes });
  hub.envelope({ kind: "relation", between: [ann, ben] });
  assert.deepEqual(told, [["joined", ann], ["heard", changes], ["related", ann, ben]]);
  assert.deepEqual([[...hub.sessionsOf(ann)], [...hub.sessionsOf(ben)]], [[session], []]);
  hub.reconnected();
  hub.tick();
  await settled();
  hub.unregister(session);
  assert.deepEqual(told.slice(3), [["lost"], ["left", ann]]);
});

Deno.test("createHub keeps what comes before a session is ready behind its first frame", () => {
  const { hub, join } = setUp();
  const { session, socket } = join(ann, { ready: false });
  hub.envelope(log());
  assert.deepEqual(socket.sent, []);
  session.ready({ type: "resync" });
  assert.deepEqual(socket.sent, ['{"type":"resync"}', log().frame]);
});

const crowd = { users: [], group: true } as const;

function digest(change: Partial<DigestEnvelope>): DigestEnvelope {
  return { kind: "digest", origin: "far", epoch: "e", number: 1, revs: [], came: [], ...change };
}

Deno.test("createHub asks nothing about conversations that nobody here belongs to", async () => {
  const { hub, join, asked, questions } = setUp();
  const stranger = join(newId());
  hub.envelope(digest({ number: 1 }));
  hub.tick();
  await settled();
  questions.length = 0;
  // Not even who belongs to it, which a newer version would make necessary.
  hub.envelope(log({ membersRev: 9 }));
  hub.envelope(log({ membersRev: 9, audience: crowd }));
  hub.envelope(log({ membersRev: 9, audience: "all" }));
  hub.envelope({ ...members, membersRev: 9, frame: "{}" });
  hub.envelope(digest({ number: 2, revs: [[room, 1], [newId(), 5]], came: [[room, ann]] }));
  await settled();
  assert.deepEqual([asked, questions], [[], []]);
  assert.deepEqual(stranger.frames().filter(({ type }) => type === "message"), []);
});

Deno.test("createHub hears of who came by the log, and by the digest where that was lost", async () => {
  const { hub, join, questions, interest } = setUp();
  const heard = join(newId());
  const missed = join(newId());
  hub.envelope(digest({ number: 1 }));
  hub.tick();
  await settled();
  questions.length = 0;
  const [one, two] = [heard, missed].map(({ session }) => session.user);
  assert.ok(one !== undefined && two !== undefined);
  hub.envelope(log({ seq: 3, came: [one, newId()], audience: { users: [ann, one] } }));
  await settled();
  questions.length = 0;
  const [elsewhere, far] = [newId(), newId()];
  const came: DigestEnvelope["came"] = [[room, one], [elsewhere, two], [far, newId()]];
  hub.envelope(digest({ number: 2, revs: [[room, 3], [elsewhere, 8], [far, 1]], came }));
  await settled();
  // Also where they are known to have come: that news may have been overtaken by what was said since.
  assert.deepEqual(questions, [["of", [elsewhere, room], [one, two]]]);
  assert.deepEqual([room, far].map(interest.includes), [true, false]);
});

Deno.test("createHub asks what was said since somebody came, where the log is the first to say so", async () => {
  const guest = newId();
  const { hub, join, questions, heads } = setUp(membership(1, { [ann]: 0, [guest]: 9 }));
  const { frames } = join(guest);
  hub.envelope(digest({ number: 1 }));
  hub.tick();
  await settled();
  const before = frames().length;
  questions.length = 0;
  const later = { user: guest, conversation: room, seq: 11, rev: 11, readSeq: 9, large: true };
  heads.of = (...question) => {
    questions.push(question);
    return Promise.resolve([later]);
  };
  // Committed after the guest came, and published before that was: it is nobody's business here.
  hub.envelope(log({ seq: 11, audience: crowd }));
  hub.envelope(digest({ number: 2, revs: [[room, 11]] }));
  hub.envelope(log({ seq: 10, came: [guest], audience: { users: [guest], group: true } }));
  await settled();
  assert.deepEqual(questions, [[[room], [guest]]]);
  assert.deepEqual(frames().slice(before).map(({ type }) => type), ["message", "head"]);
  assert.deepEqual(frames().at(-1), {
    type: "head",
    conversation: room,
    seq: 11,
    rev: 11,
    readSeq: 9,
  });
  // Said once more, it is no news.
  hub.envelope(log({ seq: 10, came: [guest], audience: { users: [guest], group: true } }));
  await settled();
  assert.equal(questions.length, 1);
});

Deno.test("createHub has those who arrive look again at what a digest is ahead in", async () => {
  const { hub, join, interest, questions } = setUp();
  hub.envelope(digest({ number: 1 }));
  const { user } = join(newId()).session;
  hub.tick();
  await settled();
  questions.length = 0;
  using arrival = interest.arrive(user);
  const elsewhere = newId();
  hub.envelope(digest({ number: 2, revs: [[room, 7], [elsewhere, 1]] }));
  await settled();
  assert.deepEqual(questions, [], "nobody is known to belong to either");
  assert.deepEqual(await arrival.settle([room], []), [room]);
});

Deno.test("createHub has those who arrive look again at what was said in a group meanwhile", async () => {
  const { hub, join, interest, asked } = setUp();
  const { user } = join(newId()).session;
  for (const audience of [crowd, "all"] as const) {
    using arrival = interest.arrive(user);
    hub.envelope(log({ audience }));
    assert.deepEqual(await arrival.settle([room, newId()], []), [room]);
    interest.forget(room, interest.saidSo);
  }
  // What names people names them: it would have been handed over.
  using arrival = interest.arrive(user);
  hub.envelope(log());
  assert.deepEqual(await arrival.settle([room], []), []);
  assert.deepEqual(asked, []);
});

Deno.test("createHub follows a group once it is large, by what it hands out or is told", async () => {
  const large = Object.fromEntries(
    [ann, ...Array.from({ length: FOLLOWED - 1 }, newId)].map((user) => [user, 0]),
  );
  const { hub, join, topics, heads } = setUp(membership(1, large));
  join(ann);
  assert.ok(!topics.wanted.has(groupTopic(room)));
  hub.envelope(log());
  assert.ok(topics.wanted.has(groupTopic(room)));
  const grown = newId();
  heads.of = () =>
    Promise.resolve([
      { user: ann, conversation: grown, seq: 4, rev: 5, readSeq: 3, large: true },
    ]);
  hub.envelope(digest({ number: 1 }));
  hub.envelope(digest({ number: 2, came: [[grown, ann]] }));
  await settled();
  assert.ok(topics.wanted.has(groupTopic(grown)));
});

Deno.test("createHub learns who belongs to it from whom it hands something to", async () => {
  const guest = newId();
  const { hub, join, interest, questions } = setUp(membership(1, { [guest]: 0 }));
  const { frames } = join(guest);
  hub.envelope(digest({ number: 1 }));
  hub.tick();
  await settled();
  const before = frames().length;
  assert.equal(interest.includes(room), false);
  hub.envelope(log({ audience: { users: [guest] } }));
  assert.equal(frames().length, before + 1);
  questions.length = 0;
  hub.envelope(digest({ number: 2, revs: [[room, 2]] }));
  await settled();
  assert.deepEqual(questions, [["of", [room], [guest]]]);
});

Deno.test("createHub forgets a conversation that the database knows of nobody in, who is here", async () => {
  const { hub, join, heads, interest, questions } = setUp(membership(2, { [ben]: 0 }));
  join(ann);
  heads.of = (...question) => {
    questions.push(question);
    return Promise.resolve([]);
  };
  // Ann was removed, and this node goes on hearing what is said there.
  for (let seq = 1; seq < 9; seq++) hub.envelope(log({ seq, audience: crowd }));
  assert.deepEqual(questions, [], "one question for all of them");
  hub.tick();
  await settled();
  assert.deepEqual(questions, [[[room], [ann]]]);
  assert.equal(interest.includes(room), false);
  hub.envelope(log({ seq: 9, audience: crowd }));
  hub.tick();
  await settled();
  assert.equal(questions.length, 1);
});

Deno.test("createHub wants what is for somebody from their first session to their last", () => {
  const { hub, join, topics } = setUp();
  const [one, other] = [join(ann), join(ann)];
  hub.unregister(one.session);
  // A socket may say more than once that it is gone.
  hub.unregister(one.session);
  assert.ok(topics.wanted.has(userTopic(ann)));
  hub.unregister(other.session);
  assert.equal(topics.wanted.size, 0);
});
