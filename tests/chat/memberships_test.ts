import assert from "node:assert/strict";
import { createMemberships } from "../../chat/memberships.ts";
import { newId } from "../../lib/ids.ts";
import { createChatStore } from "../../lib/sql/chat_store.ts";
import { testWithDatabase } from "../support/databases.ts";
import { addMember, removeMember, seedContacts, seedGroup, seedUser } from "../support/seed.ts";

testWithDatabase(
  "createMemberships keeps what it read until it is told to read again",
  async (database) => {
    const { sql } = database;
    const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
    const room = await seedGroup(sql, [ann, ben]);
    const memberships = createMemberships(createChatStore(database).readMemberships);
    assert.equal(memberships.peek(room), undefined);
    const first = (await memberships.get([room, room])).get(room);
    assert.deepEqual([...first?.members.keys() ?? []].sort(), [ann, ben].sort());
    await removeMember(sql, room, ben);
    assert.equal((await memberships.get([room])).get(room), first);
    const second = (await memberships.reload([room])).get(room);
    assert.deepEqual([second?.membersRev, [...second?.members.keys() ?? []]], [2, [ann]]);
    assert.equal(memberships.peek(room), second);
  },
);

testWithDatabase(
  "createMemberships leaves out what does not exist, also once it is gone",
  async (database) => {
    const { sql } = database;
    const room = await seedGroup(sql, [await seedUser(sql)]);
    const memberships = createMemberships(createChatStore(database).readMemberships);
    const found = await memberships.get([room, newId()]);
    assert.deepEqual([...found.keys()], [room]);
    await sql`delete from conversations where id = ${room}`;
    assert.equal((await memberships.reload([room])).size, 0);
    assert.equal(memberships.peek(room), undefined);
  },
);

testWithDatabase(
  "createMemberships says where a member's view begins and who may write",
  async (database) => {
    const { sql } = database;
    const [ann, ben, cat] = [await seedUser(sql), await seedUser(sql), await seedUser(sql)];
    const room = await seedGroup(sql, [ann]);
    await sql`update conversations set seq = 7, rev = 9 where id = ${room}`;
    await addMember(sql, room, ben);
    const direct = await seedContacts(sql, ann, cat);
    const memberships = createMemberships(createChatStore(database).readMemberships);
    const found = await memberships.get([room, direct]);
    assert.deepEqual(found.get(room)?.members.get(ben), { role: "member", joinedSeq: 7 });
    assert.equal(found.get(direct)?.open, true);
    await sql`delete from contacts where user_id = ${ann} and contact_id = ${cat}`;
    assert.equal((await memberships.reload([direct])).get(direct)?.open, false);
  },
);

testWithDatabase(
  "createMemberships lets an older answer that comes late replace nothing",
  async (database) => {
    const { sql } = database;
    const room = await seedGroup(sql, [await seedUser(sql)]);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { readMemberships } = createChatStore(database);
    const reads: Promise<unknown>[] = [];
    const memberships = createMemberships((conversations) => {
      const read = readMemberships(conversations);
      return reads.push(read) > 1 ? read : gate.then(() => read);
    });
    const older = memberships.reload([room]);
    await reads[0];
    await addMember(sql, room, await seedUser(sql));
    const newer = (await memberships.reload([room])).get(room);
    assert.equal(newer?.membersRev, 2);
    open();
    assert.equal((await older).get(room), newer);
    assert.equal(memberships.peek(room), newer);
  },
);
