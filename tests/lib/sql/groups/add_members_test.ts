import assert from "node:assert/strict";
import { newId } from "../../../../lib/ids.ts";
import { Member } from "../../../../lib/protocol/model.ts";
import { readConversation, readMembers } from "../../../../lib/sql/conversations.ts";
import { addMembers } from "../../../../lib/sql/groups/add_members.ts";
import { changeGroup } from "../../../../lib/sql/groups/change_group.ts";
import { removeMember } from "../../../../lib/sql/groups/remove_member.ts";
import { readMemberships } from "../../../../lib/sql/members.ts";
import { readHistory } from "../../../../lib/sql/messages.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { refused } from "../../../support/refusals.ts";
import {
  readEvents,
  seedBlock,
  seedContactsOf,
  seedCrowd,
  seedGroupOf,
} from "../../../support/seed_groups.ts";
import { seedContacts, seedUser } from "../../../support/seed.ts";

testWithDatabase("addMembers lets any member bring in their own contacts", async ({ sql }) => {
  const [ann, ben, cat, dan, eve] = [
    await seedUser(sql),
    await seedUser(sql),
    await seedUser(sql),
    await seedUser(sql),
    await seedUser(sql),
  ];
  await seedContactsOf(sql, ben, [cat, dan]);
  const id = await seedGroupOf(sql, { owner: ann, members: [ben] });
  await seedContacts(sql, ann, eve);
  const strangers = await refused("not-contact", addMembers(sql, ben, id, [cat, eve, newId()]));
  assert.deepEqual(strangers.errors?.map(({ path }) => path), ["users.1", "users.2"]);
  await seedBlock(sql, dan, ben);
  await refused("not-contact", addMembers(sql, ben, id, [dan]));
  assert.equal((await readMembers(sql, id)).length, 2);

  // Who is in it already is passed over, contact or not.
  const { members, news } = await addMembers(sql, ben, id, [ann, cat, ben, cat]);
  assert.deepEqual(members.map((member) => Member.strict().parse(member).user.id), [cat]);
  assert.deepEqual(news?.log.map(({ message }) => message.event), [
    { type: "joined", by: ben, users: [cat] },
  ]);
  assert.equal(news?.shared.memberCount, 3);
  assert.deepEqual(await addMembers(sql, ben, id, [ann, cat]), { members: [] });
  assert.equal((await readEvents(sql, id)).length, 1);
});

testWithDatabase("addMembers shows newcomers what is said from then on", async ({ sql }) => {
  const [ann, ben] = [await seedUser(sql), await seedUser(sql)];
  await seedContacts(sql, ann, ben);
  const id = await seedGroupOf(sql, { owner: ann });
  const rename = (title: string) => changeGroup(sql, ann, id, { title });
  await rename("one");
  await rename("two");
  const first = await addMembers(sql, ann, id, [ben]);
  assert.deepEqual(
    first.members.map(({ joinedSeq, readSeq, deliveredSeq }) => [joinedSeq, readSeq, deliveredSeq]),
    [[2, 2, 2]],
  );
  assert.deepEqual(first.news?.own, [
    { users: [ben], conversation: await readConversation(sql, ben, id) },
  ]);
  const seen = async () =>
    (await readHistory(sql, { user: ben, conversation: id, limit: 50 }))?.messages
      .map(({ seq, event }) => [seq, event?.type]);
  assert.deepEqual(await seen(), [[3, "joined"]]);

  await removeMember(sql, ann, id, ben);
  await rename("three");
  assert.equal(await seen(), undefined);
  const again = await addMembers(sql, ann, id, [ben]);
  assert.deepEqual(again.members.map(({ joinedSeq, readSeq }) => [joinedSeq, readSeq]), [[5, 5]]);
  assert.deepEqual(await seen(), [[6, "joined"]]);
  const [membership] = await readMemberships(sql, [id]);
  assert.equal(membership?.membersRev, again.news?.log[0]?.membersRev);
});

testWithDatabase("addMembers refuses the 5,001st, also at the same moment", async ({ sql }) => {
  const owner = await seedUser(sql);
  const [ben = "", cat = "", dan = "", eve = "", ...others] = await seedCrowd(sql, 5_002);
  await seedContactsOf(sql, owner, [ben, cat, dan, eve]);
  const id = await seedGroupOf(sql, { owner, members: others });
  await refused("conflict", addMembers(sql, owner, id, [ben, cat]));
  const outcomes = await Promise.allSettled(
    [ben, cat, dan, eve].map((user) => addMembers(sql, owner, id, [user])),
  );
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  await refused("conflict", addMembers(sql, owner, id, [ben, cat]));
  assert.equal((await readMembers(sql, id)).length, 5_000);
  assert.equal((await readConversation(sql, owner, id))?.memberCount, 5_000);
  assert.equal((await readEvents(sql, id)).length, 1);
});
