import assert from "node:assert/strict";
import { DIGEST_EVERY, startAnnouncer } from "../../../lib/bus/announcer.ts";
import type { DigestEnvelope, Envelope } from "../../../lib/bus/bus.ts";
import { newId } from "../../../lib/ids.ts";
import type { Id, Message } from "../../../lib/protocol/model.ts";
import { createFakeTimers } from "../../support/fake_timers.ts";

const [ann, ben, room] = [newId(), newId(), newId()];

function setUp() {
  const published: Envelope[] = [];
  const timers = createFakeTimers();
  const announcer = startAnnouncer(
    {
      publish: (envelope) => void published.push(envelope),
      subscribe: () => Promise.reject(new Error("it only speaks")),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    "here",
    timers,
  );
  /** What the next digests say. */
  const digests = async (): Promise<DigestEnvelope[]> => {
    published.length = 0;
    await timers.pass(DIGEST_EVERY);
    return published.filter((envelope) => envelope.kind === "digest");
  };
  return { announcer, published, digests };
}

function message(conversation: Id, rev: number): Message {
  return {
    ...{ id: newId(), conversation, seq: rev, rev, sender: ann, clientId: newId() },
    ...{ kind: "text", text: "", at: "2026-01-01T00:00:00.000Z" },
  };
}

const to = { membersRev: 7, audience: { users: [ann, ben] } };

Deno.test("startAnnouncer says whom a change is for, who came by it and who knows already", () => {
  const { announcer, published } = setUp();
  const said = message(room, 4);
  announcer.announce(said, to, "the sender");
  announcer.announce(said, { ...to, came: [ben] });
  const envelope = {
    ...{ kind: "log", conversation: room, seq: 4, rev: 4, ...to },
    frame: JSON.stringify({ type: "message", message: said }),
  };
  assert.deepEqual(published, [
    { ...envelope, spare: "the sender" },
    { ...envelope, came: [ben] },
  ]);
});

Deno.test("startAnnouncer says every second what should have been heard, once, also if it was nothing", async () => {
  const { announcer, digests } = setUp();
  announcer.announce(message(room, 5), { ...to, came: [ann, ben] });
  announcer.announce(message(room, 4), to);
  const [first, ...more] = await digests();
  const { epoch = "" } = first ?? {};
  assert.deepEqual([first, more], [{
    ...{ kind: "digest", origin: "here", epoch, number: 1 },
    revs: [[room, 5]],
    came: [[room, ann], [room, ben]],
  }, []]);
  assert.deepEqual(await digests(), [
    { kind: "digest", origin: "here", epoch, number: 2, revs: [], came: [] },
  ]);
});

Deno.test("startAnnouncer splits a digest that would be too large for a bus, and numbers the parts on", async () => {
  const { announcer, digests } = setUp();
  const rooms = Array.from({ length: 10_001 }, newId);
  for (const [n, each] of rooms.entries()) announcer.announce(message(each, n + 1), to);
  const came = Array.from({ length: 5_001 }, newId);
  announcer.announce(message(room, 1), { membersRev: 1, audience: "all", came });
  const parts = await digests();
  assert.deepEqual(parts.map(({ number }) => number), [1, 2, 3]);
  assert.ok(parts.every((part) => JSON.stringify(part).length < 1_000_000));
  const revs = new Map(parts.flatMap((part) => part.revs));
  assert.deepEqual(revs, new Map([...rooms.map((each, n) => [each, n + 1] as const), [room, 1]]));
  assert.deepEqual(parts.flatMap((part) => part.came), came.map((user) => [room, user]));
});
