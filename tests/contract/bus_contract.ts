/** What every driver of the bus port has to do. */
import assert from "node:assert/strict";
import type { Bus, Envelope, PeopleEnvelope } from "../../lib/bus/bus.ts";
import { createCollector } from "../support/collector.ts";
import { eventually } from "../support/deadline.ts";

/** Two buses that hear one another. Disposing releases what is left of them. */
export interface ConnectedBuses extends AsyncDisposable {
  readonly one: Bus;
  readonly other: Bus;
}

/** Registers the contract's tests for the driver `name`. */
export function testBusContract(name: string, open: () => Promise<ConnectedBuses>): void {
  const test = (behaviour: string, run: (buses: ConnectedBuses) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      await using buses = await open();
      await run(buses);
    });

  test("reaches every listener of every node, the publisher's own included", async (buses) => {
    const { one, other } = buses;
    const listeners = [createCollector(), createCollector(), createCollector()];
    const [first, second, third] = listeners;
    assert.ok(first && second && third);
    await Promise.all([one.subscribe(first), one.subscribe(second), other.subscribe(third)]);
    const envelopes = every();
    for (const envelope of envelopes) one.publish(envelope);
    for (const listener of listeners) {
      await listener.until(envelopes.length);
      assert.deepEqual(listener.heard, envelopes);
    }
  });

  test("keeps the order of each publisher", async ({ one, other }) => {
    const atOne = createCollector();
    const atOther = createCollector();
    await Promise.all([one.subscribe(atOne), other.subscribe(atOther)]);
    for (let turn = 0; turn < 20; turn++) {
      for (let n = 0; n < 5; n++) {
        one.publish(people(`one ${turn * 5 + n}`));
        other.publish(people(`other ${turn * 5 + n}`));
      }
      await nextTurn();
    }
    for (const { until, heard } of [atOne, atOther]) {
      await until(200);
      for (const publisher of ["one", "other"]) {
        const frames = heard.map(frameOf).filter((frame) => frame.startsWith(`${publisher} `));
        assert.deepEqual(frames, Array.from({ length: 100 }, (_, n) => `${publisher} ${n}`));
      }
    }
  });

  test("loses nothing of a burst of 2,000 in one turn", async ({ one, other }) => {
    const atOne = createCollector();
    const atOther = createCollector();
    await Promise.all([one.subscribe(atOne), other.subscribe(atOther)]);
    const frames = Array.from({ length: 2_000 }, (_, n) => `burst ${n}`);
    for (const frame of frames) one.publish(people(frame));
    for (const { until, heard } of [atOne, atOther]) {
      await until(frames.length);
      assert.deepEqual(heard.map(frameOf), frames);
    }
  });

  test("carries any character", async ({ one, other }) => {
    const listener = createCollector();
    await other.subscribe(listener);
    const frames = [
      "",
      "\0",
      "\u2028\u2029\r\n\t\"\\'",
      "👩🏽‍🚀 你好 שלום e\u0301 ",
      "\u{10FFFF}\uFFFE\uFEFF",
    ];
    for (const frame of frames) one.publish(people(frame));
    await listener.until(frames.length);
    assert.deepEqual(listener.heard.map(frameOf), frames);
  });

  test("stops calling a listener that has unsubscribed", async ({ one, other }) => {
    const gone = createCollector();
    const stays = createCollector();
    const subscription = await other.subscribe(gone);
    await other.subscribe(stays);
    one.publish(people("before"));
    await stays.until(1);
    subscription[Symbol.dispose]();
    one.publish(people("after"));
    await stays.until(2);
    assert.deepEqual(gone.heard.map(frameOf), ["before"]);
  });

  test("stops in the middle of a batch when its listener unsubscribes there", async ({ one }) => {
    const heard: string[] = [];
    const stays = createCollector();
    const subscription: Disposable = await one.subscribe({
      envelope: (envelope) => {
        heard.push(frameOf(envelope));
        subscription[Symbol.dispose]();
      },
      reconnected: () => {},
    });
    await one.subscribe(stays);
    one.publish(people("first"));
    one.publish(people("second"));
    await stays.until(2);
    assert.deepEqual(heard, ["first"]);
  });

  test("lets go of its listeners when it is disposed", async ({ one, other }) => {
    const gone = createCollector();
    const stays = createCollector();
    await other.subscribe(gone);
    await one.subscribe(stays);
    await other[Symbol.asyncDispose]();
    one.publish(people("after"));
    await stays.until(1);
    assert.deepEqual(gone.heard, []);
  });

  test("does not throw at a publish after it was disposed", async ({ one, other }) => {
    const listener = createCollector();
    await one.subscribe(listener);
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

function people(frame: string): PeopleEnvelope {
  return { kind: "people", users: ["00000000-0000-7000-8000-000000000001"], frame };
}

function frameOf(envelope: Envelope): string {
  assert.ok("frame" in envelope);
  return envelope.frame;
}

/** One of each kind: a driver that serialises may know only some of them. */
function every(): Envelope[] {
  const conversation = "00000000-0000-7000-8000-000000000002";
  const user = "00000000-0000-7000-8000-000000000001";
  const users = [user];
  const audience = { users };
  const place = { conversation, seq: 1, rev: 2, membersRev: 3 };
  return [
    { kind: "log", ...place, audience, came: users, spare: "c", frame: "log" },
    { kind: "log", ...place, audience: { users, group: true }, frame: "log" },
    { kind: "log", ...place, audience: "all", frame: "log" },
    { kind: "members", conversation, membersRev: 3, audience, frame: "members" },
    { kind: "people", users: [conversation, conversation], frame: "people" },
    { kind: "session-ended", session: conversation, reason: "signed-out" },
    {
      ...{ kind: "digest", origin: "node", epoch: "epoch", number: 1 },
      revs: [[conversation, 3]],
      came: [[conversation, user]],
    },
  ];
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
