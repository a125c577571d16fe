import assert from "node:assert/strict";
import { listConversations, readMembers } from "../../../lib/sql/conversations.ts";
import { moveReceipts } from "../../../lib/sql/receipts.ts";
import { insertTicket, useTicket } from "../../../lib/sql/tickets.ts";
import { insertSession } from "../../../lib/sql/sessions.ts";
import { newId } from "../../../lib/ids.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedCrowd, seedGroupOf } from "../../support/seed_groups.ts";
import { seedGroup, seedUser } from "../../support/seed.ts";

testWithDatabase(
  "moveReceipts ends at the furthest of those that come in parallel",
  async ({ sql }) => {
    const users = await Promise.all(Array.from({ length: 20 }, () => seedUser(sql)));
    const rooms = await Promise.all(Array.from({ length: 20 }, () => seedGroup(sql, users)));
    await sql`update conversations set seq = 99, rev = 99
      where id in (select conversation_id from members where user_id = ${users[0] ?? ""})`;
    const places = rooms.flatMap((conversation) => users.map((user) => ({ user, conversation })));
    const batch = (seq: number) =>
      moveReceipts(sql, places.map((place) => ({ ...place, readSeq: seq, deliveredSeq: 0 })));
    // Each in the opposite order: were rows locked in that, two batches would wait for each other.
    for (let round = 0; round < 10; round++) {
      await Promise.all([3, 9, 1, 7, 2, 8, 4, 6].map((seq) => {
        places.reverse();
        return batch(round * 9 + seq);
      }));
    }
    const end = await batch(0);
    assert.deepEqual(
      end,
      places.map(() => ({ readSeq: 90, deliveredSeq: 90, moved: false, membersRev: 1 })),
    );
  },
);

testWithDatabase("moveReceipts takes five hundred at once", async ({ sql }) => {
  const user = await seedUser(sql);
  const rooms = await Promise.all(Array.from({ length: 500 }, () => seedGroup(sql, [user])));
  await sql`update conversations set seq = 5, rev = 5
    where id in (select conversation_id from members where user_id = ${user})`;
  const moves = rooms.map((conversation, n) => ({
    ...{ user, conversation, readSeq: n % 7, deliveredSeq: 0 },
  }));
  const moved = await moveReceipts(sql, moves);
  assert.deepEqual(
    moved.map((each) => [each?.readSeq, each?.moved]),
    rooms.map((_, n) => [Math.min(n % 7, 5), n % 7 > 0]),
  );
});

testWithDatabase(
  "readMembers shows how far others have read where they are told, and not in larger groups",
  async ({ sql }) => {
    const people = await seedCrowd(sql, 101);
    const [ann = ""] = people;
    for (const [size, shown] of [[100, 5], [101, 2]] as const) {
      const [owner = "", ...members] = people.slice(0, size);
      const room = await seedGroupOf(sql, { owner, members });
      await sql`update conversations set seq = 9, rev = 9 where id = ${room}`;
      await sql`update members set joined_seq = 2, read_seq = 2, delivered_seq = 2
        where conversation_id = ${room}`;
      await moveReceipts(sql, [{ user: ann, conversation: room, readSeq: 5, deliveredSeq: 0 }]);
      const found = await readMembers(sql, room);
      assert.equal(found.length, size);
      for (const only of [found, await readMembers(sql, room, [ann])]) {
        const own = only.find(({ user }) => user.id === ann);
        assert.deepEqual([own?.readSeq, own?.deliveredSeq], [shown, shown]);
      }
      // One's own is in the conversation.
      const { conversations } = await listConversations(sql, ann, {});
      assert.equal(conversations.find(({ id }) => id === room)?.readSeq, 5);
    }
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
