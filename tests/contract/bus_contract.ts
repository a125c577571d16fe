/** What every driver of the bus port has to do. */
import assert from "node:assert/strict";
import { groupTopic, NAMED, type Topic, userTopic } from "../../lib/bus/audience.ts";
import type {
  Bus,
  DigestEnvelope,
  Envelope,
  LogEnvelope,
  PeopleEnvelope,
} from "../../lib/bus/bus.ts";
import { type Collector, createCollector } from "../support/collector.ts";
import { eventually, within } from "../support/deadline.ts";

/** Two buses that hear one another. Disposing releases what is left of them. */
export interface ConnectedBuses extends AsyncDisposable {
  readonly one: Bus;
  readonly other: Bus;
}

const USER = "00000000-0000-7000-8000-000000000001";
const GROUP = "00000000-0000-7000-8000-000000000002";
const USERS = Array.from(
  { length: 300 },
  (_, n) => `00000000-0000-7000-8000-1${String(n).padStart(11, "0")}`,
);

/**
 * Registers the contract's tests for the driver `name`.
 * @param selective whether another node hears only what it is interested in
 */
export function testBusContract(
  name: string,
  open: () => Promise<ConnectedBuses>,
  { selective = false, ignore = false } = {},
): void {
  const test = (behaviour: string, run: (buses: ConnectedBuses) => Promise<void>) =>
    Deno.test({
      name: `${name} ${behaviour}`,
      ignore,
      fn: async () => {
        await using buses = await open();
        await run(buses);
      },
    });

  test("reaches every listener of every node, the publisher's own included", async (buses) => {
    const { one, other } = buses;
    const listeners = await Promise.all([one, one, other].map((bus) => listen(bus)));
    const envelopes = every();
    for (const envelope of envelopes) one.publish(envelope);
    for (const listener of listeners) {
      await listener.until(envelopes.length);
      assert.deepEqual(listener.heard, envelopes);
    }
  });

  test("keeps the order of each publisher, whatever the topics", async ({ one, other }) => {
    const listeners = await Promise.all([listen(one), listen(other)]);
    for (let turn = 0; turn < 20; turn++) {
      for (let n = 0; n < 5; n++) {
        one.publish(numbered("one", turn * 5 + n));
        other.publish(numbered("other", turn * 5 + n));
      }
      await nextTurn();
    }
    for (const { until, heard } of listeners) {
      await until(200);
      for (const publisher of ["one", "other"]) {
        const numbers = heard.map((envelope) =>
          envelope.kind === "digest" ? { from: envelope.origin, number: envelope.number } : {
            from: frameOf(envelope).split(" ")[0],
            number: Number(frameOf(envelope).split(" ")[1]),
          }
        ).filter(({ from }) => from === publisher).map(({ number }) => number);
        assert.deepEqual(numbers, Array.from({ length: 100 }, (_, n) => n));
      }
    }
  });

  test("loses nothing of a burst of 2,000 in one turn", async ({ one, other }) => {
    const listeners = await Promise.all([listen(one), listen(other)]);
    const frames = Array.from({ length: 2_000 }, (_, n) => `burst ${n}`);
    for (const frame of frames) one.publish(people(frame));
    for (const { until, heard } of listeners) {
      await until(frames.length);
      assert.deepEqual(heard.map(frameOf), frames);
    }
  });

  test("carries any character", async ({ one, other }) => {
    const listener = await listen(other);
    const frames = [
      "",
      "\0",
      "\n",
      "\u2028\u2029\r\n\t\"\\'",
      "👩🏽‍🚀 你好 שלום e\u0301 ",
      "\uFEFF\u{10FFFF}\uFFFE\uFEFF",
    ];
    for (const frame of frames) one.publish(people(frame));
    await listener.until(frames.length);
    assert.deepEqual(listener.heard.map(frameOf), frames);
  });

  test("hands over once what is for several that a node is interested in", async (buses) => {
    const { one, other } = buses;
    const [ann = "", ben = "", cat = ""] = USERS;
    const topics = [userTopic(ann), userTopic(ben), groupTopic(GROUP)];
    const listeners = await Promise.all([listen(one, topics), listen(other, topics)]);
    const users = [ann, ben, cat];
    const envelopes: Envelope[] = [
      { ...LOG, audience: { users, group: true }, frame: "1" },
      { kind: "people", users, frame: "2" },
      { ...LOG, audience: { users }, frame: "3" },
      // The same again is no copy.
      { ...LOG, audience: { users }, frame: "3" },
      { ...LOG, audience: "all", frame: "4" },
    ];
    for (const envelope of envelopes) one.publish(envelope);
    for (const listener of listeners) {
      await listener.until(envelopes.length);
      await settle(buses, listener);
      const heard = listener.heard.filter(({ kind }) => kind !== "session-ended");
      assert.deepEqual(heard, envelopes);
    }
  });

  test("carries what is for everybody to who is interested in nothing", async ({ one, other }) => {
    const listeners = await Promise.all([listen(one, []), listen(other, [])]);
    const envelopes = every().filter((envelope) =>
      !("audience" in envelope || envelope.kind === "people") ||
      ("audience" in envelope && envelope.audience === "all")
    );
    const many: Envelope = { kind: "people", users: USERS.slice(0, NAMED + 1), frame: "many" };
    const published = [...envelopes, many];
    assert.ok(published.length > 5);
    for (const envelope of published) one.publish(envelope);
    for (const listener of listeners) {
      await listener.until(published.length);
      assert.deepEqual(listener.heard, published);
    }
  });

  test("has confirmed an interest when it says so", async ({ one, other }) => {
    const listener = createCollector();
    const subscription = await other.subscribe(listener);
    await Promise.all(USERS.map(async (user) => {
      await subscription.add(userTopic(user));
      one.publish({ kind: "people", users: [user], frame: user });
    }));
    await listener.until(USERS.length);
    assert.deepEqual(listener.heard.map(frameOf).sort(), [...USERS].sort());
    // Once more is answered as well, and changes nothing.
    for (let times = 0; times < 2; times++) {
      await within(Promise.resolve(subscription.add(userTopic(USER))), "the answer");
    }
  });

  test("spares a node what it is not interested in, where it can tell", async (buses) => {
    const { one, other } = buses;
    const [ann = "", ben = "", cat = ""] = USERS;
    const listener = createCollector();
    const subscription = await other.subscribe(listener);
    const second = await listen(other, [userTopic(cat)]);
    await Promise.all([ann, ben].map((user) => subscription.add(userTopic(user))));
    subscription.remove(userTopic(ben));
    for (const user of [ann, ben, cat, USER]) {
      one.publish({ kind: "people", users: [user], frame: user });
    }
    one.publish({ ...LOG, audience: { users: [USER], group: true }, frame: "group" });
    await settle(buses, listener);
    await settle(buses, second);
    const frames = ({ heard }: Collector) =>
      heard.flatMap((envelope) => "frame" in envelope ? envelope.frame : []);
    const all = [ann, ben, cat, USER, "group"];
    assert.deepEqual(frames(listener), selective ? [ann] : all);
    assert.deepEqual(frames(second), selective ? [cat] : all);
  });

  test("stops calling a listener that has unsubscribed", async ({ one, other }) => {
    const gone = createCollector();
    const subscription = await other.subscribe(gone);
    await subscription.add(userTopic(USER));
    const stays = await listen(other);
    one.publish(people("before"));
    await stays.until(1);
    subscription[Symbol.dispose]();
    one.publish(people("after"));
    await stays.until(2);
    assert.deepEqual(gone.heard.map(frameOf), ["before"]);
  });

  test("stops in the middle of a batch when its listener unsubscribes there", async ({ one }) => {
    const heard: string[] = [];
    const subscription: Disposable = await one.subscribe({
      envelope: (envelope) => {
        heard.push(frameOf(envelope));
        subscription[Symbol.dispose]();
      },
      reconnected: () => {},
    });
    const stays = await listen(one);
    one.publish(people("first"));
    one.publish(people("second"));
    await stays.until(2);
    assert.deepEqual(heard, ["first"]);
  });

  test("lets go of its listeners when it is disposed", async ({ one, other }) => {
    const gone = await listen(other);
    const stays = await listen(one);
    await other[Symbol.asyncDispose]();
    one.publish(people("after"));
    await stays.until(1);
    assert.deepEqual(gone.heard, []);
  });

  test("does not throw at a publish after it was disposed", async ({ one, other }) => {
    const listener = await listen(one);
    other.publish(people("in the same turn as the end"));
    await other[Symbol.asyncDispose]();
    other.publish(people("too late"));
    await nextTurn();
    // What was published in the last turn may be lost; what comes after the end is nobody's.
    one.publish(people("still here"));
    const frames = () => listener.heard.map(frameOf);
    await eventually(() => frames().includes("still here"), "hearing the other bus");
    assert.ok(!frames().includes("too late"));
  });
}

async function listen(
  bus: Bus,
  topics: readonly Topic[] = [userTopic(USER), groupTopic(GROUP)],
): Promise<Collector> {
  const collector = createCollector();
  const subscription = await bus.subscribe(collector);
  await Promise.all(topics.map((topic) => subscription.add(topic)));
  return collector;
}

let ends = 0;

/** Whatever was published before, this listener has heard if it ever will. */
async function settle({ one }: ConnectedBuses, { heard }: Collector): Promise<void> {
  const end = `end ${++ends}`;
  one.publish({ kind: "session-ended", session: USER, reason: end });
  await eventually(
    () => heard.some((each) => each.kind === "session-ended" && each.reason === end),
    "hearing the end",
  );
}

const LOG: Omit<LogEnvelope, "audience" | "frame"> = {
  ...{ kind: "log", conversation: GROUP, seq: 1, rev: 2, membersRev: 3 },
};

function people(frame: string): PeopleEnvelope {
  return { kind: "people", users: [USER], frame };
}

/** The one goes to a person, the next to a group, the third to everybody. */
function numbered(from: string, number: number): Envelope {
  const frame = `${from} ${number}`;
  const digest: DigestEnvelope = {
    ...{ kind: "digest", origin: from, epoch: "epoch", number, revs: [], came: [] },
  };
  const log: LogEnvelope = { ...LOG, audience: { users: [], group: true }, frame };
  return [people(frame), log, digest][number % 3] ?? digest;
}

function frameOf(envelope: Envelope): string {
  assert.ok("frame" in envelope);
  return envelope.frame;
}

/** One of each kind, with and without what may be left out: a driver that serialises may know only some. */
function every(): Envelope[] {
  const audience = { users: [USER] };
  const change = { user: USER, lastSeenAt: null, version: "0001" } as const;
  return [
    { ...LOG, audience, came: [USER], spare: "c", frame: "log" },
    { ...LOG, audience: { users: [USER], group: true }, frame: "log" },
    { ...LOG, audience: { users: [], group: true }, frame: "log" },
    { ...LOG, audience: "all", frame: "log" },
    { kind: "members", conversation: GROUP, membersRev: 3, audience, frame: "members" },
    { kind: "people", users: [USER, USER], frame: "people" },
    { kind: "session-ended", session: USER, reason: "signed-out" },
    {
      kind: "presence",
      changes: [
        { ...change, state: "away" },
        { ...change, state: "offline", lastSeenAt: "2026-01-01T00:00:00.000Z" },
      ],
    },
    { kind: "relation", between: [USER, GROUP] },
    {
      ...{ kind: "digest", origin: "node", epoch: "epoch", number: 1 },
      revs: [[GROUP, 3]],
      came: [[GROUP, USER]],
    },
  ];
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
