import assert from "node:assert/strict";
import { listConversations } from "../../../lib/sql/conversations.ts";
import { moveReceipt } from "../../../lib/sql/receipts.ts";
import { insertTicket, useTicket } from "../../../lib/sql/tickets.ts";
import { insertSession } from "../../../lib/sql/sessions.ts";
import { newId } from "../../../lib/ids.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedGroup, seedUser } from "../../support/seed.ts";

testWithDatabase("moveReceipt goes forward only, and never past the end", async ({ sql }) => {
  const user = await seedUser(sql);
  const conversation = await seedGroup(sql, [user]);
  await sql`update conversations set seq = 9, rev = 9 where id = ${conversation}`;
  const move = (kind: "read" | "delivered", seq: number) =>
    moveReceipt(sql, { user, conversation, kind, seq });
  assert.deepEqual(await move("delivered", 4), { readSeq: 0, deliveredSeq: 4, moved: true });
  assert.deepEqual(await move("read", 3), { readSeq: 3, deliveredSeq: 4, moved: true });
  assert.deepEqual(await move("read", 2), { readSeq: 3, deliveredSeq: 4, moved: false });
  assert.deepEqual(await move("read", 6), { readSeq: 6, deliveredSeq: 6, moved: true });
  assert.deepEqual(await move("read", 99), { readSeq: 9, deliveredSeq: 9, moved: true });
  assert.deepEqual(await move("delivered", 9), { readSeq: 9, deliveredSeq: 9, moved: false });
});

testWithDatabase(
  "moveReceipt ends at the furthest of those that come in parallel",
  async ({ sql }) => {
    const user = await seedUser(sql);
    const conversation = await seedGroup(sql, [user]);
    await sql`update conversations set seq = 9, rev = 9 where id = ${conversation}`;
    await Promise.all(
      [3, 9, 1, 7].map((seq) => moveReceipt(sql, { user, conversation, kind: "read", seq })),
    );
    const end = await moveReceipt(sql, { user, conversation, kind: "read", seq: 0 });
    assert.deepEqual(end, { readSeq: 9, deliveredSeq: 9, moved: false });
    const stranger = { user: newId(), conversation, kind: "read", seq: 1 } as const;
    assert.equal(await moveReceipt(sql, stranger), undefined);
  },
);

testWithDatabase(
  "listConversations counts what others said since one read or joined",
  async ({ sql }) => {
    const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
    const room = await seedGroup(sql, [ann, ben]);
    const rows = [[1, ben, "text"], [2, ben, "text"], [3, ann, "text"], [4, ben, "system"], [
      5,
      ben,
      "text",
    ]];
    for (const [seq, sender, kind] of rows) {
      await sql`insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text,
      mentions, created_at, recalled_at)
      values (${room}, ${seq ?? 0}, ${seq ?? 0}, ${newId()}, ${sender ?? ""}, ${newId()},
        ${kind ?? ""}, 'x', array[${ann}::uuid], now(),
        ${seq === 2 ? new Date().toISOString() : null})`;
    }
    await sql`update conversations set seq = 5, rev = 5 where id = ${room}`;
    const counts = async () => {
      const { conversations: [found] } = await listConversations(sql, ann, {});
      return [found?.unread, found?.mentions, found?.lastMessage?.seq];
    };
    assert.deepEqual(await counts(), [2, 2, 5]);
    await sql`update members set joined_seq = 1 where conversation_id = ${room}`;
    assert.deepEqual(await counts(), [1, 1, 5]);
    await sql`update members set joined_seq = 5 where conversation_id = ${room}`;
    assert.deepEqual(await counts(), [0, 0, undefined]);
  },
);

testWithDatabase("useTicket gives a ticket to one of those who come with it", async ({ sql }) => {
  const session = newId();
  const user = await seedUser(sql);
  await insertSession(sql, { id: session, userId: user, device: "", ip: "" });
  const hash = newId();
  await insertTicket(sql, { hash, session, node: "a", seconds: 30 });
  assert.equal(await useTicket(sql, hash, "b"), undefined);
  const owners = await Promise.all([1, 2, 3, 4].map(() => useTicket(sql, hash, "a")));
  assert.deepEqual(owners.filter((owner) => owner !== undefined), [{ session, user }]);
});
