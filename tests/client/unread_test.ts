import assert from "node:assert/strict";
import { createUnreadCount } from "../../client/unread.ts";
import type { Message } from "../../lib/protocol/model.ts";

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
  unread.arrived(from("ann", 11, { rev: 20, editedAt: "2026-01-01T00:01:00.000Z" }), 0);
  assert.equal(unread.value(), 4);
});

Deno.test("UnreadCount leaves out one's own, system and recalled messages", () => {
  const unread = createUnreadCount("me");
  unread.arrived(from("me", 1), 0);
  unread.arrived(from("ann", 2, { kind: "system" }), 0);
  unread.arrived(from("ann", 3), 0);
  unread.arrived(from("ann", 3, { rev: 4, recalledAt: "2026-01-01T00:01:00.000Z" }), 0);
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
