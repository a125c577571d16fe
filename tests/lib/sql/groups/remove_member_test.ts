import assert from "node:assert/strict";
import { newId } from "../../../../lib/ids.ts";
import type { Id } from "../../../../lib/protocol/model.ts";
import { readConversation } from "../../../../lib/sql/conversations.ts";
import { removeMember } from "../../../../lib/sql/groups/remove_member.ts";
import { readMemberships } from "../../../../lib/sql/members.ts";
import type { Sql } from "../../../../lib/sql/open.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { refused } from "../../../support/refusals.ts";
import { readEvents, readRoles, seedCrowd, seedGroupOf } from "../../../support/seed_groups.ts";
import { seedContacts } from "../../../support/seed.ts";

/** An owner, two admins and two members. */
async function seedFive(sql: Sql) {
  const [owner = "", ada = "", abe = "", meg = "", max = ""] = await seedCrowd(sql, 5);
  const id = await seedGroupOf(sql, { owner, admins: [ada, abe], members: [meg, max] });
  return { id, owner, ada, abe, meg, max };
}

testWithDatabase("removeMember lets the owner remove all, admins only members", async ({ sql }) => {
  const { id, owner, ada, abe, meg, max } = await seedFive(sql);
  const [stranger = ""] = await seedCrowd(sql, 1);
  for (const [user, target] of [[meg, max], [meg, owner], [ada, abe], [ada, owner]] as const) {
    await refused("forbidden", removeMember(sql, user, id, target));
  }
  await refused("not-found", removeMember(sql, ada, id, stranger));
  await refused("not-member", removeMember(sql, stranger, id, meg));
  await refused("not-member", removeMember(sql, stranger, id, stranger));
  assert.deepEqual(await readEvents(sql, id), []);
  await removeMember(sql, ada, id, max);
  await refused("not-found", removeMember(sql, ada, id, max));
  await removeMember(sql, owner, id, abe);
  const left = { [owner]: "owner", [ada]: "admin", [meg]: "member" };
  assert.deepEqual(await readRoles(sql, id), left);
  assert.deepEqual(await readEvents(sql, id), [
    { type: "removed", by: ada, users: [max] },
    { type: "removed", by: owner, users: [abe] },
  ]);
  assert.equal((await readConversation(sql, owner, id))?.memberCount, 3);
});

testWithDatabase(
  "removeMember says it to those who are left, under a new version",
  async ({ sql }) => {
    const { id, owner, meg } = await seedFive(sql);
    const [before] = await readMemberships(sql, [id]);
    const news = await removeMember(sql, owner, id, meg);
    const [after] = await readMemberships(sql, [id]);
    assert.ok(before && after && after.membersRev > before.membersRev);
    assert.deepEqual(news.log.map(({ membersRev }) => membersRev), [after.membersRev]);
    assert.equal(after.members.has(meg), false);
    assert.deepEqual([news.gone, news.own], [{ user: meg, reason: "removed" }, []]);
    assert.deepEqual([news.shared.memberCount, news.shared.seq], [4, 1]);
  },
);

testWithDatabase("removeMember lets everybody leave, once", async ({ sql }) => {
  const { id, ada, meg } = await seedFive(sql);
  for (const user of [meg, ada]) {
    const { gone, log } = await removeMember(sql, user, id, user);
    assert.deepEqual(gone, { user, reason: "left" });
    assert.deepEqual(log.map(({ message }) => message.event), [
      { type: "left", by: user, users: [user] },
    ]);
    await refused("not-member", removeMember(sql, user, id, user));
  }
});

testWithDatabase("removeMember gives a group that its owner leaves to an heir", async ({ sql }) => {
  const { id, owner, ada, abe, meg, max } = await seedFive(sql);
  // Ada came later than Abe, whatever the clock said; and was told to be silent.
  await sql`update members set joined_seq = 7, created_at = now() - interval '1 year',
    silenced_until = now() + interval '1 year'
    where conversation_id = ${id} and user_id = ${ada}`;
  await sql`update members set joined_seq = 3 where conversation_id = ${id} and user_id = ${max}`;
  const order = [abe, ada, meg, max];
  let leaving: Id = owner;
  for (const heir of order) {
    const { log, own } = await removeMember(sql, leaving, id, leaving);
    assert.deepEqual(log.map(({ message }) => message.event), [
      { type: "left", by: leaving, users: [leaving] },
      { type: "role", by: leaving, users: [heir], role: "owner" },
    ]);
    const conversation = await readConversation(sql, heir, id);
    assert.deepEqual(own, [{ users: [heir], conversation }]);
    assert.equal(conversation?.role, "owner");
    leaving = heir;
  }
  const rows = await sql`select from members where conversation_id = ${id}
    and role = 'owner' and silenced_until is not null`;
  assert.equal(rows.length, 0);
  // Nobody is left to hear of the last one; the log stays.
  const last = await removeMember(sql, leaving, id, leaving);
  assert.deepEqual([last.own, last.shared.memberCount, last.log.length], [[], 0, 1]);
  assert.deepEqual(await readRoles(sql, id), {});
  assert.equal((await readEvents(sql, id)).length, 9);
});

testWithDatabase("removeMember keeps one owner when all leave at once", async ({ sql }) => {
  for (let round = 0; round < 5; round++) {
    const { id, owner, ada, abe, meg, max } = await seedFive(sql);
    await Promise.all([owner, ada, abe, meg].map((user) => removeMember(sql, user, id, user)));
    assert.deepEqual(await readRoles(sql, id), { [max]: "owner" });
    const lefts = (await readEvents(sql, id)).filter(({ type }) => type === "left");
    assert.equal(lefts.length, 4);
  }
});

testWithDatabase("removeMember is not for two people's conversations", async ({ sql }) => {
  const [ann = "", ben = ""] = await seedCrowd(sql, 2);
  const id = await seedContacts(sql, ann, ben);
  for (const target of [ann, ben]) {
    await refused("forbidden", removeMember(sql, ann, id, target));
  }
  await refused("not-member", removeMember(sql, ann, newId(), ben));
});
