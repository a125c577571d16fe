import assert from "node:assert/strict";
import type { Job } from "../../chat/job.ts";
import { createLane } from "../../chat/lane.ts";
import { createMemberships } from "../../chat/memberships.ts";
import { newId } from "../../lib/ids.ts";
import type { Id, Message } from "../../lib/protocol/model.ts";
import type { AppendEntry, AppendRow } from "../../lib/sql/append.ts";
import type { Append, Change, FindSent } from "../../lib/sql/chat_store.ts";
import type { Membership } from "../../lib/sql/members.ts";
import { appendEntry } from "../support/append_entry.ts";
import { createFakeClock } from "../support/clock.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

const ROOM = newId();
const ANN = newId();

function membershipOf(change: Partial<Membership> = {}): Membership {
  return {
    conversation: ROOM,
    kind: "group",
    membersRev: 1,
    historyVisible: false,
    open: true,
    members: new Map([[ANN, { role: "member", joinedSeq: 0 }]]),
    ...change,
  };
}

function stored(seq: number): AppendRow {
  return { outcome: "stored", id: newId(), seq, rev: seq, at: "2026-01-02T03:04:05.678Z" };
}

/** A lane over `append` and `change`, and what became of each job that was given to it. */
function setUp(
  append: Append,
  readMemberships = () => Promise.resolve([membershipOf()]),
  change: Change = () => Promise.reject(new Error("nothing is changed here")),
  findSent: FindSent = (entries) => Promise.resolve(entries.map(() => undefined)),
) {
  const timers = createFakeTimers();
  const log = createFakeLog();
  const clock = createFakeClock();
  let reads = 0;
  const memberships = createMemberships({
    readMemberships: () => {
      reads++;
      return readMemberships();
    },
    readMembersRevs: async () =>
      new Map((await readMemberships()).map((one) => [one.conversation, one.membersRev])),
  });
  const lane = createLane({
    store: { append, change, findSent },
    memberships,
    clock,
    log,
    timers,
  });
  const outcomes = new Map<string, string>();
  const edit = (seq: number, text: string) =>
    lane.add({
      kind: "change",
      conversation: ROOM,
      person: ANN,
      seq,
      action: { do: "edit", text },
      changed: (row) => void outcomes.set(text, `${row.outcome} ${row.message.rev}`),
      failed: (error) => void outcomes.set(text, error.code),
    });
  const add = (text: string, sender: Id = ANN, more: Partial<AppendEntry> = {}) => {
    const job: Job = {
      kind: "append",
      conversation: ROOM,
      person: sender,
      entry: appendEntry(ROOM, sender, { text, ...more }),
      stored: (row) => void outcomes.set(text, `${row.outcome} ${row.seq}`),
      failed: (error) => void outcomes.set(text, error.code),
    };
    lane.add(job);
  };
  const settled = (count: number) =>
    eventually(async () => {
      await timers.pass(1_000);
      return outcomes.size === count;
    }, `${count} outcomes`);
  return { add, edit, clock, outcomes, settled, log, reads: () => reads };
}

/** Fails as the driver does. */
function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Answers each call with the next of `answers`, and the last one for ever. */
function answering(...answers: (Error | ((texts: string[]) => AppendRow[]))[]) {
  const calls: string[][] = [];
  const append: Append = (entries) => {
    const texts = entries.map((entry) => entry.text);
    const answer = answers[Math.min(calls.push(texts), answers.length) - 1];
    if (answer === undefined || answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(answer(texts));
  };
  return { append, calls };
}

const storesAll = (texts: string[]) => texts.map((_, index) => stored(index + 1));

Deno.test("Lane stores what comes in one turn as one batch, in order", async () => {
  const { append, calls } = answering(storesAll);
  const { add, outcomes, settled } = setUp(append);
  for (const text of ["one", "two", "three"]) add(text);
  await settled(3);
  assert.deepEqual(calls, [["one", "two", "three"]]);
  assert.deepEqual([...outcomes], [["one", "stored 1"], ["two", "stored 2"], [
    "three",
    "stored 3",
  ]]);
});

Deno.test("Lane takes 500 at a time, and the rest next", async () => {
  const { append, calls } = answering(storesAll);
  const { add, settled } = setUp(append);
  for (let index = 0; index < 1_100; index++) add(String(index));
  await settled(1_100);
  assert.deepEqual(calls.map((texts) => texts.length), [500, 500, 100]);
});

Deno.test("Lane refuses what it could not hold, and stores the rest", async () => {
  const { append } = answering(storesAll);
  const { add, outcomes, settled } = setUp(append);
  for (let index = 0; index < 20_001; index++) add(String(index));
  assert.deepEqual([...outcomes], [["20000", "unavailable"]]);
  await settled(20_001);
});

Deno.test("Lane runs a batch again when another transaction was in its way", async () => {
  for (const code of ["23505", "40P01", "40001", "23503"]) {
    const { append, calls } = answering(failure(code), failure(code), storesAll);
    const { add, outcomes, settled } = setUp(append);
    add("one");
    await settled(1);
    assert.equal(calls.length, 3, code);
    assert.equal(outcomes.get("one"), "stored 1");
  }
});

Deno.test("Lane gives up on a batch that always collides, and says so", async () => {
  const { append, calls } = answering(failure("40P01"));
  const { add, outcomes, settled, log } = setUp(append);
  add("one");
  await settled(1);
  assert.equal(outcomes.get("one"), "internal");
  assert.equal(calls.length, 6);
  assert.equal(log.lines.length, 1);
});

Deno.test("Lane repeats a batch until its outcome is known", async () => {
  const lost = failure("CONNECTION_CLOSED");
  const { append, calls } = answering(lost, lost, failure("57P01"), storesAll);
  const { add, outcomes, settled } = setUp(append);
  add("one");
  add("two");
  await settled(2);
  assert.deepEqual(calls, Array(4).fill(["one", "two"]));
  assert.equal(outcomes.get("two"), "stored 2");
});

Deno.test("Lane stores the neighbours of a message that cannot be stored", async () => {
  const bad = failure("22021");
  const append: Append = (entries) =>
    entries.some((entry) => entry.text === "bad")
      ? Promise.reject(bad)
      : Promise.resolve(entries.map(() => stored(1)));
  const { add, outcomes, settled } = setUp(append);
  for (const text of ["good", "bad", "better"]) add(text);
  await settled(3);
  assert.deepEqual(Object.fromEntries(outcomes), {
    good: "stored 1",
    bad: "internal",
    better: "stored 1",
  });
});

Deno.test("Lane reads the membership anew after a stale version", async () => {
  let reads = 0;
  const versions: unknown[] = [];
  const append: Append = (entries, named) => {
    versions.push(named.get(ROOM));
    return Promise.resolve(
      entries.map(() => named.get(ROOM) === 3 ? stored(1) : { outcome: "stale" }),
    );
  };
  const { add, outcomes, settled } = setUp(
    append,
    () => Promise.resolve([membershipOf({ membersRev: ++reads })]),
  );
  add("one");
  await settled(1);
  assert.deepEqual(versions, [1, 2, 3]);
  assert.equal(outcomes.get("one"), "stored 1");
});

Deno.test("Lane asks to come again when a membership never stands still", async () => {
  const { append, calls } = answering((texts) => texts.map(() => ({ outcome: "stale" })));
  const { add, outcomes, settled } = setUp(append);
  add("one");
  await settled(1);
  assert.equal(outcomes.get("one"), "unavailable");
  assert.equal(calls.length, 6);
});

Deno.test("Lane believes no cache that a sender is a stranger", async () => {
  const ben = newId();
  const everyone = new Map(
    [ANN, ben].map((user) => [user, { role: "member" as const, joinedSeq: 0 }]),
  );
  let reads = 0;
  const { append } = answering(storesAll);
  const { add, outcomes, settled } = setUp(
    append,
    () =>
      Promise.resolve([membershipOf(++reads === 1 ? {} : { membersRev: 2, members: everyone })]),
  );
  add("from ann");
  await settled(1);
  add("from ben", ben);
  await settled(2);
  assert.equal(outcomes.get("from ben"), "stored 1");
  add("from a stranger", newId());
  await settled(3);
  assert.equal(outcomes.get("from a stranger"), "not-member");
});

Deno.test("Lane asks for a stranger once, whether or not there is such a conversation", async () => {
  for (const found of [[membershipOf()], []]) {
    let reads = 0;
    const { append } = answering(storesAll);
    const { add, outcomes, settled } = setUp(append, () => {
      reads++;
      return Promise.resolve(found);
    });
    for (let count = 1; count <= 3; count++) {
      add(`message ${count}`, newId());
      await settled(count);
      assert.equal(outcomes.get(`message ${count}`), "not-member");
      assert.equal(reads, count);
    }
  }
});

Deno.test("Lane refuses everyone where the conversation is gone, or not open", async () => {
  const { append } = answering(storesAll);
  const gone = setUp(append, () => Promise.resolve([]));
  gone.add("one");
  await gone.settled(1);
  assert.equal(gone.outcomes.get("one"), "not-member");
  const closed = setUp(append, () => Promise.resolve([membershipOf({ open: false })]));
  closed.add("one");
  await closed.settled(1);
  assert.equal(closed.outcomes.get("one"), "not-contact");
});

Deno.test("Lane waits for a database that does not tell who belongs", async () => {
  let reads = 0;
  const { append } = answering(storesAll);
  const { add, outcomes, settled } = setUp(
    append,
    () => ++reads < 3 ? Promise.reject(failure("ECONNREFUSED")) : Promise.resolve([membershipOf()]),
  );
  add("one");
  await settled(1);
  assert.equal(outcomes.get("one"), "stored 1");
});

Deno.test("Lane answers a batch whose members cannot be read, and goes on", async () => {
  let reads = 0;
  const { append } = answering(storesAll);
  const { add, outcomes, settled } = setUp(
    append,
    () => ++reads === 1 ? Promise.reject(failure("42P01")) : Promise.resolve([membershipOf()]),
  );
  add("one");
  await settled(1);
  assert.equal(outcomes.get("one"), "internal");
  add("two");
  await settled(2);
  assert.equal(outcomes.get("two"), "stored 1");
});

Deno.test("Lane tells a conflict and a reply to nothing apart", async () => {
  const { append } = answering(() => [{ outcome: "conflict" }, { outcome: "bad-reply" }]);
  const { add, outcomes, settled } = setUp(append);
  add("one");
  add("two");
  await settled(2);
  assert.deepEqual([...outcomes.values()], ["conflict", "invalid"]);
});

/** Writes down what each statement is asked for. */
function recording() {
  const statements: string[][] = [];
  const append: Append = (entries) => {
    statements.push(entries.map(({ text }) => `send ${text}`));
    return Promise.resolve(entries.map((_, index) => stored(index + 1)));
  };
  const change: Change = (entries) => {
    statements.push(entries.map(({ seq, action }) => `${action.do} ${seq}`));
    const message = { ...MESSAGE, rev: 9 };
    return Promise.resolve(entries.map(() => ({ outcome: "changed", message })));
  };
  return { statements, append, change };
}

const MESSAGE: Message = {
  ...{ id: newId(), conversation: ROOM, seq: 1, rev: 1, sender: ANN, clientId: newId() },
  ...{ kind: "text", text: "hello", at: "2026-01-02T03:04:05.678Z" },
};

Deno.test("Lane keeps changes and messages in the order in which they came", async () => {
  const { statements, append, change } = recording();
  const { add, edit, outcomes, settled } = setUp(append, undefined, change);
  add("one");
  add("two");
  edit(1, "a");
  edit(2, "b");
  add("three");
  await settled(5);
  assert.deepEqual(statements, [["send one", "send two"], ["edit 1", "edit 2"], ["send three"]]);
  assert.equal(outcomes.get("b"), "changed 9");
});

Deno.test("Lane changes one message once in a statement", async () => {
  const { statements, append, change } = recording();
  const { edit, settled } = setUp(append, undefined, change);
  edit(1, "a");
  edit(2, "b");
  edit(1, "c");
  edit(3, "d");
  await settled(4);
  assert.deepEqual(statements, [["edit 1", "edit 2"], ["edit 1", "edit 3"]]);
});

Deno.test("Lane lets somebody who is silenced read only, until then", async () => {
  const { append, change } = recording();
  const silencedUntil = 1_750_000_000_000 + 60_000;
  const silenced = membershipOf({
    members: new Map([[ANN, { role: "member", joinedSeq: 0, silencedUntil }]]),
  });
  const { add, edit, clock, outcomes, settled } = setUp(
    append,
    () => Promise.resolve([silenced]),
    change,
  );
  add("early");
  edit(1, "an edit");
  await settled(2);
  assert.deepEqual([...outcomes.values()], ["forbidden", "forbidden"]);
  clock.advance(60_000);
  add("later");
  await settled(3);
  assert.equal(outcomes.get("later"), "stored 1");
});

Deno.test("Lane tells a member who may not write any more of what they had written", async () => {
  const { append } = recording();
  const known: AppendRow = {
    ...{ outcome: "duplicate", id: newId(), seq: 7, rev: 7 },
    at: "2026-01-02T03:04:05.678Z",
  };
  const sent: FindSent = (entries) =>
    Promise.resolve(entries.map(({ text }) => text === "before" ? known : undefined));
  const outcomesUnder = async (membership: Membership) => {
    const lane = setUp(append, () => Promise.resolve([membership]), undefined, sent);
    for (const text of ["before", "new"]) lane.add(text);
    await lane.settled(2);
    return Object.fromEntries(lane.outcomes);
  };
  assert.deepEqual(await outcomesUnder(membershipOf({ open: false })), {
    before: "duplicate 7",
    new: "not-contact",
  });
  // Whoever is no member is told nothing at all.
  assert.deepEqual(await outcomesUnder(membershipOf({ members: new Map() })), {
    before: "not-member",
    new: "not-member",
  });
});

Deno.test("only admins of a group mention everybody", async () => {
  const { append } = recording();
  const outcomeFor = async (change: Partial<Membership>) => {
    const lane = setUp(append, () => Promise.resolve([membershipOf(change)]));
    lane.add("hello", ANN, { mentionsAll: true });
    await lane.settled(1);
    return lane.outcomes.get("hello");
  };
  const admin = { members: new Map([[ANN, { role: "admin" as const, joinedSeq: 0 }]]) };
  assert.equal(await outcomeFor({}), "forbidden");
  assert.equal(await outcomeFor(admin), "stored 1");
  assert.equal(await outcomeFor({ ...admin, kind: "direct" }), "forbidden");
});

Deno.test("Lane lets what is done in one conversation share a statement past another's", async () => {
  const { statements, append, change } = recording();
  const rooms = [newId(), newId(), newId()];
  const members = membershipOf().members;
  const found = rooms.map((conversation) => membershipOf({ conversation, members }));
  const lane = createLane({
    store: { append, change, findSent: () => Promise.resolve([]) },
    memberships: createMemberships({
      readMemberships: (ids) =>
        Promise.resolve(found.filter(({ conversation }) => ids.includes(conversation))),
      readMembersRevs: () => Promise.resolve(new Map()),
    }),
    clock: createFakeClock(),
    log: createFakeLog(),
    timers: createFakeTimers(),
  });
  let done = 0;
  const settle = { failed: () => void done++ };
  const add = (room: number, text: string) => {
    const conversation = rooms[room] ?? "";
    const entry = appendEntry(conversation, ANN, { text });
    const stored = () => void done++;
    lane.add({ kind: "append", conversation, person: ANN, entry, stored, ...settle });
  };
  const react = (room: number, seq: number) => {
    const conversation = rooms[room] ?? "";
    const action = { do: "react", emoji: "👍", on: true } as const;
    const changed = () => void done++;
    lane.add({ kind: "change", conversation, person: ANN, seq, action, changed, ...settle });
  };
  add(0, "one");
  react(1, 7);
  add(0, "two");
  add(1, "after the reaction");
  react(2, 8);
  react(2, 8);
  add(2, "last");
  await eventually(() => done === 7, "all of them");
  assert.deepEqual(statements, [
    ["send one", "send two"],
    ["react 7", "react 8"],
    ["send after the reaction"],
    ["react 8"],
    ["send last"],
  ]);
});

Deno.test("Lane asks for a version, not for all members, each time it refuses somebody", async () => {
  const { append } = answering(storesAll);
  const lane = setUp(append);
  lane.add("known");
  await lane.settled(1);
  const before = lane.reads();
  for (const text of ["a", "b", "c"]) lane.add(text, newId());
  await lane.settled(4);
  assert.equal(lane.reads(), before);
  assert.deepEqual([lane.outcomes.get("a"), lane.outcomes.get("c")], ["not-member", "not-member"]);
});

Deno.test("Lane judges nobody by a membership that was replaced while it asked", async () => {
  const ben = newId();
  const before = membershipOf();
  const after = membershipOf({
    membersRev: 2,
    members: new Map([ANN, ben].map((user) => [user, { role: "member" as const, joinedSeq: 0 }])),
  });
  const { append } = answering(storesAll);
  let current = before;
  const memberships = createMemberships({
    readMemberships: () => Promise.resolve([current]),
    readMembersRevs: async () => {
      current = after;
      // The hub hears of the change at this moment, and has it read.
      await memberships.reload([ROOM]);
      return new Map([[ROOM, 2]]);
    },
  });
  await memberships.get([ROOM]);
  const lane = createLane({
    store: { append, change: recording().change, findSent: () => Promise.resolve([]) },
    memberships,
    clock: createFakeClock(),
    log: createFakeLog(),
    timers: createFakeTimers(),
  });
  const outcome = Promise.withResolvers<string>();
  lane.add({
    kind: "append",
    conversation: ROOM,
    person: ben,
    entry: appendEntry(ROOM, ben),
    stored: (row) => outcome.resolve(row.outcome),
    failed: (error) => outcome.resolve(error.code),
  });
  assert.equal(await outcome.promise, "stored");
});
