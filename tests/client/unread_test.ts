import assert from "node:assert/strict";
import fc from "fast-check";
import { type Counted, countUnread, createUnreadCount } from "../../client/unread.ts";
import type { Message } from "../../lib/protocol/model.ts";

const AT = "2026-01-01T00:01:00.000Z";

function from(sender: string, seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    conversation: "c",
    seq,
    rev: seq,
    sender,
    clientId: `k${seq}`,
    kind: "text",
    text: "hello",
    at: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

Deno.test("UnreadCount adds what came since the server counted, each message once", () => {
  const unread = createUnreadCount("me");
  unread.counted({ mentions: 0, rev: 10, seq: 10, readSeq: 7, unread: 3 });
  unread.arrived(from("ann", 9), 0);
  unread.arrived(from("ann", 11), 0);
  unread.arrived(from("ann", 11, { rev: 20, editedAt: AT }), 0);
  assert.equal(unread.value(), 4);
});

Deno.test("UnreadCount leaves out one's own, system and recalled messages", () => {
  const unread = createUnreadCount("me");
  unread.arrived(from("me", 1), 0);
  unread.arrived(from("ann", 2, { kind: "system" }), 0);
  unread.arrived(from("ann", 3), 0);
  unread.arrived(from("ann", 3, { rev: 4, recalledAt: AT }), 0);
  unread.arrived(from("ann", 3), 0);
  assert.equal(unread.value(), 0);
});

Deno.test("UnreadCount falls to what lies beyond the read position", () => {
  const unread = createUnreadCount("me");
  unread.counted({ mentions: 0, rev: 2, seq: 2, readSeq: 0, unread: 2 });
  unread.arrived(from("ann", 3), 0);
  unread.arrived(from("ann", 4), 0);
  unread.read(3);
  assert.equal(unread.value(), 1);
  unread.read(2);
  assert.equal(unread.value(), 1);
});

Deno.test("UnreadCount asks for a new count when read into the middle of the server's", () => {
  const unread = createUnreadCount("me");
  unread.counted({ mentions: 0, rev: 10, seq: 10, readSeq: 0, unread: 10 });
  unread.read(4);
  assert.equal(unread.stale(), true);
  unread.counted({ mentions: 0, rev: 10, seq: 10, readSeq: 4, unread: 6 });
  assert.equal(unread.stale(), false);
  assert.equal(unread.value(), 6);
});

Deno.test("UnreadCount ignores a count that a later one overtook", () => {
  const unread = createUnreadCount("me");
  unread.counted({ mentions: 0, rev: 5, seq: 5, readSeq: 0, unread: 5 });
  unread.counted({ mentions: 0, rev: 3, seq: 3, readSeq: 0, unread: 3 });
  assert.equal(unread.value(), 5);
});

Deno.test("UnreadCount counts mentions of this person and of everybody, but not one's own", () => {
  const unread = createUnreadCount("me");
  unread.counted({ seq: 4, rev: 4, readSeq: 2, unread: 2, mentions: 1 });
  unread.arrived(from("ann", 5, { mentions: ["ben", "me"] }), 0);
  unread.arrived(from("ann", 6, { mentionsAll: true }), 0);
  unread.arrived(from("ann", 7, { mentions: ["ben"] }), 0);
  unread.arrived(from("me", 8, { mentionsAll: true }), 0);
  assert.deepEqual([unread.value(), unread.mentions()], [5, 3]);
  unread.arrived(from("ann", 6, { rev: 9, text: "", recalledAt: AT }), 0);
  // An edit keeps the mentions.
  unread.arrived(from("ann", 5, { rev: 10, mentions: ["ben", "me"], editedAt: AT }), 0);
  assert.deepEqual([unread.value(), unread.mentions()], [4, 2]);
  unread.read(5);
  assert.deepEqual([unread.value(), unread.mentions()], [1, 0]);
});

Deno.test("UnreadCount takes off what is recalled after the server counted it, and only then", () => {
  const unread = createUnreadCount("me");
  unread.counted({ seq: 10, rev: 12, readSeq: 7, unread: 3, mentions: 0 });
  unread.arrived(from("ann", 9, { rev: 13, recalledAt: AT }), 0);
  assert.equal(unread.value(), 2);
  // The count knew of this one, and of that one nobody is told: it was read.
  unread.arrived(from("ann", 8, { rev: 12, recalledAt: AT }), 0);
  unread.arrived(from("ann", 7, { rev: 14, recalledAt: AT }), 0);
  assert.equal(unread.value(), 2);
  // Counted again, before the recall of 9 and after it.
  unread.counted({ seq: 11, rev: 12, readSeq: 7, unread: 4, mentions: 0 });
  assert.equal(unread.value(), 3);
  unread.counted({ seq: 11, rev: 14, readSeq: 7, unread: 3, mentions: 0 });
  assert.equal(unread.value(), 3);
  assert.equal(unread.stale(), false);
});

Deno.test("UnreadCount remembers a recall that comes before an older count", () => {
  const unread = createUnreadCount("me");
  unread.arrived(from("ann", 3, { mentionsAll: true }), 0);
  unread.arrived(from("ann", 3, { rev: 5, recalledAt: AT }), 0);
  unread.counted({ seq: 4, rev: 4, readSeq: 0, unread: 4, mentions: 2 });
  assert.deepEqual([unread.value(), unread.mentions(), unread.stale()], [3, 1, false]);
});

Deno.test("UnreadCount asks for a new count when it cannot know whom a recalled message named", () => {
  const unread = createUnreadCount("me");
  unread.counted({ seq: 9, rev: 9, readSeq: 0, unread: 9, mentions: 1 });
  unread.arrived(from("ann", 9, { rev: 10, recalledAt: AT }), 0);
  assert.equal(unread.stale(), true);
  unread.counted({ seq: 9, rev: 10, readSeq: 0, unread: 8, mentions: 1 });
  assert.equal(unread.stale(), false);
});

Deno.test("UnreadCount asks for a new count when it cannot know whether a recalled message counted", () => {
  const unread = createUnreadCount("me");
  unread.counted({ seq: 9, rev: 9, readSeq: 0, unread: 2, mentions: 0 });
  // Said before this person came, and shown to them all the same.
  unread.arrived(from("ann", 3, { rev: 10, recalledAt: AT }), 7);
  assert.deepEqual([unread.value(), unread.stale()], [2, false]);
  unread.arrived(from("ann", 4, { rev: 11, recalledAt: AT }), undefined);
  assert.equal(unread.stale(), true);
});

type Deed =
  | { do: "say"; by: "me" | "ann"; kind: "text" | "system"; mention: "none" | "me" | "all" }
  | { do: "recall" | "edit"; at: number }
  | { do: "read"; at: number }
  /** On another device: the server knows at once, this client when it is told. */
  | { do: "read elsewhere"; at: number }
  /** The client is sent the next changes of the log. */
  | { do: "deliver"; count: number }
  /** The server counts; its answer comes so many deeds later. */
  | { do: "count"; later: number };

const pick = fc.nat({ max: 30 });
const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      by: fc.constantFrom("ann" as const, "ann" as const, "me" as const),
      kind: fc.constantFrom("text" as const, "text" as const, "text" as const, "system" as const),
      mention: fc.constantFrom("none" as const, "none" as const, "me" as const, "all" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("recall" as const, "recall" as const, "edit" as const),
      at: pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("read" as const, "read elsewhere" as const),
      at: pick,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("count" as const), later: fc.nat(6) }) },
);

/** What there is to be counted, as whoever walks over the log would: at `rev`, read to `readSeq`. */
function countNaively(
  log: readonly Message[],
  rev: number,
  readSeq: number,
): { seq: number; unread: number; mentions: number } {
  const then = new Map<number, Message>();
  for (const change of log.slice(0, rev)) then.set(change.seq, change);
  const unread = [...then.values()].filter((message) =>
    message.seq > readSeq && message.sender !== "me" && message.kind !== "system" &&
    message.recalledAt === undefined
  );
  const mentions = unread.filter(({ mentions, mentionsAll }) => mentions?.length || mentionsAll);
  return { seq: then.size, unread: unread.length, mentions: mentions.length };
}

Deno.test("UnreadCount agrees with whoever walks over the log, in every order of what comes", () => {
  let compared = 0;
  let recounted = 0;
  fc.assert(
    fc.property(fc.array(deeds, { minLength: 1, maxLength: 60, size: "max" }), (all) => {
      const unread = createUnreadCount("me");
      /** Every change in its order, with the message as it was after it. */
      const log: Message[] = [];
      const now = () => new Map(log.map((message) => [message.seq, message]));
      let delivered = 0;
      let readOnServer = 0;
      let counted = 0;
      const answers: { at: number; info: Counted }[] = [];
      const change = (seq: number, change: Partial<Message>) => {
        const before = now().get(seq);
        if (before === undefined || before.kind === "system" || before.recalledAt !== undefined) {
          return;
        }
        log.push({ ...before, rev: log.length + 1, ...change });
      };
      const count = (): Counted => {
        const counts = countNaively(log, log.length, readOnServer);
        return { ...counts, rev: log.length, readSeq: readOnServer };
      };
      const take = (info: Counted) => {
        unread.counted(info);
        counted = Math.max(counted, info.rev);
      };
      all.forEach((deed, at) => {
        switch (deed.do) {
          case "say": {
            const { by, kind, mention } = deed;
            log.push(from(by, now().size + 1, {
              ...{ rev: log.length + 1, kind },
              ...(mention === "me" && { mentions: ["me"] }),
              ...(mention === "all" && { mentionsAll: true }),
            }));
            break;
          }
          case "recall": {
            const gone = { mentions: undefined, mentionsAll: undefined, text: "", recalledAt: AT };
            change(deed.at, gone as Partial<Message>);
            break;
          }
          case "edit":
            change(deed.at, { text: "edited", editedAt: AT });
            break;
          case "read":
          case "read elsewhere":
            readOnServer = Math.max(readOnServer, Math.min(deed.at, now().size));
            if (deed.do === "read") unread.read(readOnServer);
            break;
          case "deliver": {
            for (const message of log.slice(delivered, delivered += deed.count)) {
              unread.arrived(message, 0);
            }
            delivered = Math.min(delivered, log.length);
            break;
          }
          case "count":
            answers.push({ at: at + deed.later, info: count() });
        }
        for (const answer of answers) {
          if (answer.at === at) take(answer.info);
        }
        // What it says of itself that it cannot know, it is told.
        if (unread.stale()) {
          take(count());
          recounted++;
        }
        assert.equal(unread.stale(), false);
        const known = countNaively(log, Math.max(delivered, counted), unread.readSeq());
        assert.deepEqual([unread.value(), unread.mentions()], [known.unread, known.mentions]);
        compared++;
      });
    }),
    { numRuns: 2_000, seed: 1 },
  );
  // Most of the time it knows by itself.
  assert.ok(recounted * 10 < compared, `${recounted} of ${compared}`);
});

Deno.test("countUnread counts in the messages themselves", () => {
  const messages = [
    from("ann", 1),
    from("ann", 2),
    from("me", 3),
    from("ann", 4, { mentionsAll: true }),
    from("ann", 5, { recalledAt: AT }),
    from("ann", 6, { kind: "system" }),
  ];
  assert.deepEqual(countUnread(messages, "me", 1), { unread: 2, mentions: 1 });
});
