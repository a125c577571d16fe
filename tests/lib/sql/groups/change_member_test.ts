import assert from "node:assert/strict";
import { newId } from "../../../../lib/ids.ts";
import type { Id } from "../../../../lib/protocol/model.ts";
import { readConversation, readMembers } from "../../../../lib/sql/conversations.ts";
import { changeMember } from "../../../../lib/sql/groups/change_member.ts";
import { removeMember } from "../../../../lib/sql/groups/remove_member.ts";
import { readMemberships } from "../../../../lib/sql/members.ts";
import type { Sql } from "../../../../lib/sql/open.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { refused } from "../../../support/refusals.ts";
import { readEvents, readRoles, seedCrowd, seedGroupOf } from "../../../support/seed_groups.ts";
import { seedContacts } from "../../../support/seed.ts";

const UNTIL = "2999-01-01T00:00:00.000Z";

/** An owner, two admins and two members. */
async function seedFive(sql: Sql) {
  const [owner = "", ada = "", abe = "", meg = "", max = ""] = await seedCrowd(sql, 5);
  const id = await seedGroupOf(sql, { owner, admins: [ada, abe], members: [meg, max] });
  return { id, owner, ada, abe, meg, max };
}

testWithDatabase("changeMember lets only the owner change roles", async ({ sql }) => {
  const { id, owner, ada, abe, meg, max } = await seedFive(sql);
  const [stranger = ""] = await seedCrowd(sql, 1);
  for (const user of [ada, meg]) {
    for (const target of [owner, abe, max, user]) {
      await refused("forbidden", changeMember(sql, user, id, target, { role: "admin" }));
    }
  }
  await refused("not-found", changeMember(sql, owner, id, stranger, { role: "admin" }));
  await refused("not-member", changeMember(sql, stranger, id, meg, { role: "admin" }));
  await refused("not-member", changeMember(sql, stranger, newId(), meg, { role: "admin" }));
  const direct = await seedContacts(sql, owner, stranger);
  await refused("forbidden", changeMember(sql, owner, direct, stranger, { role: "admin" }));
  const { member, news } = await changeMember(sql, owner, id, meg, { role: "admin" });
  assert.equal(member.role, "admin");
  assert.deepEqual(news?.log.map(({ message }) => message.event), [
    { type: "role", by: owner, users: [meg], role: "admin" },
  ]);
  assert.deepEqual(news?.own, [
    { users: [meg], conversation: await readConversation(sql, meg, id) },
  ]);
  const [membership] = await readMemberships(sql, [id]);
  assert.equal(membership?.members.get(meg)?.role, "admin");
  assert.equal(membership?.membersRev, news?.log[0]?.membersRev);
  await changeMember(sql, owner, id, ada, { role: "member" });
  assert.deepEqual(
    await readRoles(sql, id),
    { [owner]: "owner", [ada]: "member", [abe]: "admin", [meg]: "admin", [max]: "member" },
  );
});

testWithDatabase("changeMember says nothing where nothing changes", async ({ sql }) => {
  const { id, owner, meg } = await seedFive(sql);
  const [before] = await readMemberships(sql, [id]);
  const answers = [
    await changeMember(sql, owner, id, meg, {}),
    await changeMember(sql, owner, id, meg, { role: "member" }),
    await changeMember(sql, owner, id, meg, { silencedUntil: null }),
    await changeMember(sql, owner, id, owner, { role: "owner" }),
  ];
  for (const { news } of answers) assert.equal(news, undefined);
  assert.deepEqual(await readMemberships(sql, [id]), [before]);
  assert.deepEqual(await readEvents(sql, id), []);
});

testWithDatabase("changeMember hands a group over", async ({ sql }) => {
  const { id, owner, ada, meg } = await seedFive(sql);
  for (const role of ["admin", "member"] as const) {
    await refused("conflict", changeMember(sql, owner, id, owner, { role }));
  }
  await changeMember(sql, owner, id, meg, { silencedUntil: UNTIL });
  const handing = { role: "owner", silencedUntil: UNTIL } as const;
  await refused("conflict", changeMember(sql, owner, id, meg, handing));
  const { member, news } = await changeMember(sql, owner, id, meg, { role: "owner" });
  assert.deepEqual([member.role, member.silencedUntil], ["owner", null]);
  const roles = await readRoles(sql, id);
  assert.deepEqual([roles[owner], roles[meg]], ["admin", "owner"]);
  assert.deepEqual(news?.log.map(({ message }) => message.event), [
    { type: "role", by: owner, users: [meg], role: "owner" },
  ]);
  assert.deepEqual(
    news?.own.map(({ users, conversation }) => [users, conversation.role]),
    [[[meg], "owner"], [[owner], "admin"]],
  );
  await refused("forbidden", changeMember(sql, owner, id, ada, { role: "member" }));
  await changeMember(sql, meg, id, owner, { role: "member" });
});

testWithDatabase(
  "changeMember silences who is below, and lets them write again",
  async ({ sql }) => {
    const { id, owner, ada, abe, meg, max } = await seedFive(sql);
    const change = { silencedUntil: UNTIL };
    const pairs = [[meg, max], [meg, meg], [ada, abe], [ada, owner], [ada, ada], [owner, owner]];
    for (const [user = "", target = ""] of pairs) {
      await refused("forbidden", changeMember(sql, user, id, target, change));
    }
    await changeMember(sql, owner, id, ada, change);
    // Or being silenced would mean nothing to an admin.
    await refused("forbidden", changeMember(sql, ada, id, ada, { silencedUntil: null }));
    const { member } = await changeMember(sql, abe, id, meg, change);
    assert.equal(member.silencedUntil, UNTIL);
    assert.equal((await changeMember(sql, abe, id, meg, change)).news, undefined);
    const again = await changeMember(sql, abe, id, meg, { silencedUntil: null });
    assert.equal(again.member.silencedUntil, null);
    assert.deepEqual(await readEvents(sql, id), [
      { type: "silenced", by: owner, users: [ada], until: UNTIL },
      { type: "silenced", by: abe, users: [meg], until: UNTIL },
      { type: "silenced", by: abe, users: [meg] },
    ]);
    // What ran out by itself needs no ending.
    await sql`update members set silenced_until = now() - interval '1 second'
    where conversation_id = ${id} and user_id = ${max}`;
    assert.equal((await changeMember(sql, abe, id, max, { silencedUntil: null })).news, undefined);
  },
);

testWithDatabase("changeMember changes both in one go, each with its event", async ({ sql }) => {
  const { id, owner, meg } = await seedFive(sql);
  const change = { role: "admin", silencedUntil: UNTIL } as const;
  const { member, news } = await changeMember(sql, owner, id, meg, change);
  assert.deepEqual([member.role, member.silencedUntil], ["admin", UNTIL]);
  assert.deepEqual(news?.log.map(({ message }) => message.event?.type), ["role", "silenced"]);
});

testWithDatabase("changeMember leaves one owner, whatever meets it", async ({ sql }) => {
  for (let round = 0; round < 10; round++) {
    const { id, owner, ada, abe, meg, max } = await seedFive(sql);
    const crown = (user: Id, target: Id) => changeMember(sql, user, id, target, { role: "owner" });
    const outcomes = await Promise.allSettled([
      crown(owner, ada),
      crown(owner, abe),
      removeMember(sql, owner, id, ada),
      removeMember(sql, ada, id, meg),
      removeMember(sql, abe, id, max),
      changeMember(sql, owner, id, meg, { role: "admin" }),
      removeMember(sql, ada, id, ada),
      removeMember(sql, owner, id, owner),
    ]);
    const roles = await readRoles(sql, id);
    const owners = Object.values(roles).filter((role) => role === "owner");
    assert.equal(owners.length, 1, JSON.stringify(roles));
    const [count] = await sql<{ memberCount: number; seq: number }[]>`
      select member_count, seq from conversations where id = ${id}`;
    assert.equal(count?.memberCount, (await readMembers(sql, id)).length);
    const done = outcomes.flatMap((outcome) => outcome.status === "fulfilled" ? outcome.value : []);
    const said = done.flatMap((change) => "member" in change ? change.news?.log ?? [] : change.log);
    assert.equal(said.length, (await readEvents(sql, id)).length);
    assert.equal(said.length, count?.seq);
  }
});

testWithDatabase("changeMember lets one of two win who remove each other", async ({ sql }) => {
  for (let round = 0; round < 5; round++) {
    const { id, owner, ada, meg } = await seedFive(sql);
    // The owner hands over to Ada, who removes the old one; who in turn removes Ada.
    const outcomes = await Promise.allSettled([
      changeMember(sql, owner, id, ada, { role: "owner" }),
      removeMember(sql, ada, id, owner),
      removeMember(sql, owner, id, ada),
      changeMember(sql, ada, id, meg, { role: "admin" }),
    ]);
    const roles = await readRoles(sql, id);
    assert.ok(roles[owner] === "owner" || roles[ada] === "owner", JSON.stringify(roles));
    assert.ok(outcomes.some(({ status }) => status === "rejected"));
  }
});
