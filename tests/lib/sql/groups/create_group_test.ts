import assert from "node:assert/strict";
import { newId } from "../../../../lib/ids.ts";
import { Conversation, type Id } from "../../../../lib/protocol/model.ts";
import { listConversations, readMembers } from "../../../../lib/sql/conversations.ts";
import { createGroup } from "../../../../lib/sql/groups/create_group.ts";
import { removeMember } from "../../../../lib/sql/groups/remove_member.ts";
import type { Sql } from "../../../../lib/sql/open.ts";
import { countStatements } from "../../../support/count_statements.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { refused } from "../../../support/refusals.ts";
import {
  readEvents,
  readRoles,
  seedBlock,
  seedContactsOf,
  seedCrowd,
} from "../../../support/seed_groups.ts";
import { seedUser } from "../../../support/seed.ts";

/** Somebody with contacts. */
async function seedMaker(sql: Sql, contacts: number): Promise<{ maker: Id; contacts: Id[] }> {
  const [maker, crowd] = [await seedUser(sql), await seedCrowd(sql, contacts)];
  await seedContactsOf(sql, maker, crowd);
  return { maker, contacts: crowd };
}

async function groupsOf(sql: Sql, user: Id): Promise<number> {
  return (await listConversations(sql, user, {})).conversations.length;
}

testWithDatabase(
  "createGroup makes its maker the owner and says so first in the log",
  async ({ sql }) => {
    const { maker, contacts: [ben = "", cat = ""] } = await seedMaker(sql, 2);
    const members = [cat, ben, maker, cat];
    const { conversation, news } = await createGroup(sql, maker, { title: "Trip", members });
    Conversation.strict().parse(conversation);
    assert.deepEqual(
      [conversation.kind, conversation.title, conversation.role, conversation.memberCount],
      ["group", "Trip", "owner", 3],
    );
    assert.deepEqual(
      await readRoles(sql, conversation.id),
      Object.fromEntries([[maker, "owner"], [ben, "member"], [cat, "member"]].sort()),
    );
    const created = { type: "created", by: maker, users: [cat, ben], title: "Trip" } as const;
    assert.deepEqual(await readEvents(sql, conversation.id), [created]);
    assert.deepEqual([conversation.seq, conversation.lastMessage?.event], [1, created]);
    assert.equal(conversation.unread, 0);
    // What is told to those who were brought in is what each of them would read.
    assert.ok(news !== undefined);
    const told = news.own.find(({ users }) => users.includes(ben));
    assert.deepEqual(told?.users, [cat, ben]);
    for (const user of [ben, cat]) {
      const [read] = (await listConversations(sql, user, {})).conversations;
      assert.deepEqual(told?.conversation, read);
      assert.deepEqual([read?.role, read?.lastMessage?.seq], ["member", 1]);
    }
  },
);

testWithDatabase("createGroup makes a group of one", async ({ sql }) => {
  const maker = await seedUser(sql);
  const { conversation } = await createGroup(sql, maker, { title: "Notes", members: [maker] });
  assert.deepEqual([conversation.memberCount, conversation.role], [1, "owner"]);
  assert.deepEqual(await readEvents(sql, conversation.id), [
    { type: "created", by: maker, users: [], title: "Notes" },
  ]);
});

testWithDatabase(
  "createGroup refuses alike who is no contact, blocked, blocking or nobody",
  async ({ sql }) => {
    const { maker, contacts } = await seedMaker(sql, 4);
    const [ben = "", cat = "", dan = "", eve = ""] = contacts;
    await seedBlock(sql, maker, cat);
    await seedBlock(sql, dan, maker);
    const stranger = await seedUser(sql);
    const members = [ben, cat, eve, dan, stranger, cat, newId()];
    const error = await refused("not-contact", createGroup(sql, maker, { title: "x", members }));
    assert.deepEqual(
      error.errors,
      [1, 3, 4, 6].map((at) => ({ path: `members.${at}`, message: "is not your contact" })),
    );
    assert.equal(await groupsOf(sql, maker), 0);
    assert.equal(await groupsOf(sql, ben), 0);
  },
);

testWithDatabase("createGroup answers a retry with the first group", async ({ sql }) => {
  const { maker, contacts: [ben = "", cat = ""] } = await seedMaker(sql, 2);
  const group = { title: "Trip", members: [ben, cat], clientId: newId() };
  const first = await createGroup(sql, maker, group);
  // The same people in another order are the same request; and it was allowed when it was made.
  await sql`delete from contacts where user_id = ${maker} and contact_id = ${cat}`;
  const again = await createGroup(sql, maker, { ...group, members: [cat, ben, maker] });
  assert.deepEqual([again.conversation, again.news], [first.conversation, undefined]);
  assert.equal(await groupsOf(sql, maker), 1);
  await refused("conflict", createGroup(sql, maker, { ...group, title: "Trips" }));
  await refused("conflict", createGroup(sql, maker, { ...group, members: [ben] }));
  // Somebody else's id is not mine.
  const other = await createGroup(sql, ben, { ...group, members: [] });
  assert.notEqual(other.conversation.id, first.conversation.id);
  await removeMember(sql, maker, first.conversation.id, maker);
  await refused("gone", createGroup(sql, maker, group));
});

testWithDatabase("createGroup makes one group of retries at the same moment", async ({ sql }) => {
  const { maker, contacts } = await seedMaker(sql, 3);
  for (let round = 0; round < 5; round++) {
    const group = { title: "Trip", members: contacts, clientId: newId() };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => createGroup(sql, maker, group)),
    );
    assert.equal(new Set(answers.map(({ conversation }) => conversation.id)).size, 1);
    assert.equal(answers.filter(({ news }) => news !== undefined).length, 1);
    assert.equal(await groupsOf(sql, maker), round + 1);
  }
});

testWithDatabase(
  "createGroup takes as many statements for 1,000 contacts as for one",
  async ({ sql }) => {
    const { maker, contacts } = await seedMaker(sql, 1_000);
    const create = (members: Id[]) => () => createGroup(sql, maker, { title: "x", members });
    const few = await countStatements(sql, create(contacts.slice(0, 1)));
    const many = await countStatements(sql, create(contacts));
    assert.ok(few > 5, `${few} statements were counted`);
    assert.equal(many, few);
  },
);

testWithDatabase("createGroup takes 5,000 people and names the first hundred", async ({ sql }) => {
  const { maker, contacts } = await seedMaker(sql, 5_000);
  await refused("conflict", createGroup(sql, maker, { title: "x", members: contacts }));
  assert.equal(await groupsOf(sql, maker), 0);
  const members = contacts.slice(1);
  const { conversation } = await createGroup(sql, maker, { title: "x", members });
  assert.equal(conversation.memberCount, 5_000);
  assert.equal((await readMembers(sql, conversation.id)).length, 5_000);
  const [event] = await readEvents(sql, conversation.id);
  assert.deepEqual([event?.users, event?.count], [members.slice(0, 100), 4_999]);
});
