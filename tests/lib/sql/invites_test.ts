import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { type Id, InvitePreview } from "../../../lib/protocol/model.ts";
import { acceptInvite } from "../../../lib/sql/accept_invite.ts";
import { changeMember } from "../../../lib/sql/groups/change_member.ts";
import { removeMember } from "../../../lib/sql/groups/remove_member.ts";
import {
  createGroupInvite,
  previewInvite,
  revokeGroupInvites,
  revokePersonalInvites,
} from "../../../lib/sql/invites.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { hashToken, newToken } from "../../../lib/tokens.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { refused } from "../../support/refusals.ts";
import {
  readEvents,
  readRoles,
  seedBlock,
  seedCrowd,
  seedGroupOf,
} from "../../support/seed_groups.ts";
import { seedInvite } from "../../support/seed_invites.ts";
import { seedContacts } from "../../support/seed.ts";

async function seedGroup(sql: Sql) {
  const [owner = "", ada = "", meg = "", joe = ""] = await seedCrowd(sql, 4);
  const conversation = await seedGroupOf(sql, { owner, admins: [ada], members: [meg] });
  return { conversation, owner, ada, meg, joe };
}

async function readUses(sql: Sql, hash: string): Promise<number | undefined> {
  const [row] = await sql<{ uses: number }[]>`select uses from invites where hash = ${hash}`;
  return row?.uses;
}

/** Nobody can look at it or accept it any more. */
async function assertGone(sql: Sql, user: Id, hash: string): Promise<void> {
  await refused("gone", previewInvite(sql, user, hash));
  await refused("gone", acceptInvite(sql, user, hash));
}

testWithDatabase("acceptInvite lets somebody into a group", async ({ sql }) => {
  const { conversation, owner, ada, meg, joe } = await seedGroup(sql);
  const hash = await seedInvite(sql, { maker: ada, conversation });
  const preview = InvitePreview.parse(await previewInvite(sql, joe, hash));
  const { expiresAt: _, ...shown } = preview;
  const group = { kind: "group", title: "A group", avatar: null, memberCount: 3 };
  assert.deepEqual(shown, { ...group, conversation: null });
  const accepted = await acceptInvite(sql, joe, hash);
  assert.ok(accepted.kind === "group");
  assert.deepEqual(accepted.news?.log.map(({ message }) => message.event), [
    { type: "joined", by: joe, users: [joe] },
  ]);
  assert.deepEqual(accepted.news?.own, [{ users: [joe], conversation: accepted.conversation }]);
  assert.equal((await readRoles(sql, conversation))[joe], "member");
  // Whoever is in it already, and whoever asks again, takes nothing of it.
  for (const user of [joe, owner, meg]) {
    const again = await acceptInvite(sql, user, hash);
    assert.ok(again.kind === "group");
    assert.deepEqual([again.conversation.id, again.news], [conversation, undefined]);
    const seen = await previewInvite(sql, user, hash);
    assert.deepEqual(seen.kind === "group" && seen.conversation, conversation);
  }
  assert.equal(await readUses(sql, hash), 1);
  assert.equal((await readEvents(sql, conversation)).length, 1);
});

testWithDatabase("createGroupInvite is for the owner and admins of groups", async ({ sql }) => {
  const { conversation, owner, meg, joe } = await seedGroup(sql);
  const hash = await seedInvite(sql, { maker: owner, conversation });
  const direct = await seedContacts(sql, owner, meg);
  const cases = [
    ["forbidden", meg, conversation],
    ["not-member", joe, conversation],
    ["not-member", joe, newId()],
    ["forbidden", owner, direct],
  ] as const;
  for (const [code, maker, id] of cases) {
    const invite = { hash: hashToken(newToken()), maker, seconds: 60, maxUses: undefined };
    await refused(code, createGroupInvite(sql, id, invite));
    await refused(code, revokeGroupInvites(sql, maker, id));
  }
  await acceptInvite(sql, joe, hash);
});

testWithDatabase("acceptInvite refuses what ended, and what never was", async ({ sql }) => {
  const { conversation, owner, ada, joe } = await seedGroup(sql);
  const [eve = ""] = await seedCrowd(sql, 1);
  await refused("not-found", acceptInvite(sql, joe, hashToken(newToken())));
  await refused("not-found", previewInvite(sql, joe, ""));

  const expired = await seedInvite(sql, { maker: owner, conversation });
  await sql`update invites set expires_at = now() - interval '1 second' where hash = ${expired}`;
  await assertGone(sql, joe, expired);

  const used = await seedInvite(sql, { maker: owner, conversation, maxUses: 1 });
  await acceptInvite(sql, eve, used);
  await assertGone(sql, joe, used);
  // An answer may have been lost: to those who are in it, it still says so.
  const again = await acceptInvite(sql, eve, used);
  assert.ok(again.kind === "group" && again.conversation.id === conversation);

  const revoked = [
    await seedInvite(sql, { maker: owner, conversation }),
    await seedInvite(sql, { maker: ada, conversation }),
  ];
  const personal = await seedInvite(sql, { maker: owner });
  await revokeGroupInvites(sql, ada, conversation);
  for (const hash of revoked) await assertGone(sql, joe, hash);
  assert.equal((await previewInvite(sql, joe, personal)).kind, "contact");
});

testWithDatabase(
  "acceptInvite needs a maker who still is somebody in the group",
  async ({ sql }) => {
    const { conversation, owner, ada, joe } = await seedGroup(sql);
    const hash = await seedInvite(sql, { maker: ada, conversation });
    await changeMember(sql, owner, conversation, ada, { role: "member" });
    await assertGone(sql, joe, hash);
    await changeMember(sql, owner, conversation, ada, { role: "admin" });
    assert.equal((await previewInvite(sql, joe, hash)).kind, "group");
    await removeMember(sql, ada, conversation, ada);
    await assertGone(sql, joe, hash);
    const last = await seedInvite(sql, { maker: owner, conversation });
    await removeMember(sql, owner, conversation, owner);
    await assertGone(sql, owner, last);
  },
);

testWithDatabase(
  "acceptInvite lets in as many as it may, of those who come at once",
  async ({ sql }) => {
    const { conversation, owner } = await seedGroup(sql);
    const hash = await seedInvite(sql, { maker: owner, conversation, maxUses: 5 });
    const crowd = await seedCrowd(sql, 20);
    const outcomes = await Promise.allSettled(crowd.map((user) => acceptInvite(sql, user, hash)));
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.equal(outcome.reason.code, "gone");
    }
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 5);
    assert.equal(Object.keys(await readRoles(sql, conversation)).length, 8);
    assert.equal(await readUses(sql, hash), 5);
    assert.equal((await readEvents(sql, conversation)).length, 5);
  },
);

testWithDatabase(
  "acceptInvite lets one person in once, however often they ask at once",
  async ({ sql }) => {
    const { conversation, owner, joe } = await seedGroup(sql);
    const hash = await seedInvite(sql, { maker: owner, conversation });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => acceptInvite(sql, joe, hash)),
    );
    assert.equal(answers.filter((answer) => answer.kind === "group" && answer.news).length, 1);
    assert.equal(await readUses(sql, hash), 1);
  },
);

testWithDatabase("acceptInvite stops at 5,000 members, and costs no use", async ({ sql }) => {
  const [owner = "", ...members] = await seedCrowd(sql, 4_998);
  const conversation = await seedGroupOf(sql, { owner, members });
  const hash = await seedInvite(sql, { maker: owner, conversation });
  const crowd = await seedCrowd(sql, 6);
  const outcomes = await Promise.allSettled(crowd.map((user) => acceptInvite(sql, user, hash)));
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.equal(outcome.reason.code, "conflict");
  }
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 2);
  assert.equal(Object.keys(await readRoles(sql, conversation)).length, 5_000);
  assert.equal(await readUses(sql, hash), 2);
});

testWithDatabase("acceptInvite makes contacts of two people", async ({ sql }) => {
  const [ann = "", ben = "", cat = ""] = await seedCrowd(sql, 3);
  const hash = await seedInvite(sql, { maker: ann });
  await refused("conflict", acceptInvite(sql, ann, hash));
  const own = await previewInvite(sql, ann, hash);
  assert.equal(own.kind === "contact" && own.relation, "self");
  await sql`insert into contact_requests (id, from_id, to_id) values (${newId()}, ${ann}, ${ben}),
    (${newId()}, ${ben}, ${ann})`;
  const preview = InvitePreview.parse(await previewInvite(sql, ben, hash));
  assert.ok(preview.kind === "contact" && preview.from.id === ann);
  const accepted = await acceptInvite(sql, ben, hash);
  assert.ok(accepted.kind === "contact" && accepted.change && accepted.other === ann);
  const rows = await sql`select from contacts where conversation_id = ${accepted.conversation}`;
  assert.equal(rows.length, 2);
  const open = await sql`select from contact_requests where ${ann} in (from_id, to_id)`;
  assert.equal(open.length, 0);
  const { change: _, ...known } = accepted;
  assert.deepEqual(await acceptInvite(sql, ben, hash), known);
  assert.equal(await readUses(sql, hash), 1);
  await revokePersonalInvites(sql, ben);
  assert.equal((await previewInvite(sql, cat, hash)).kind, "contact");
  await revokePersonalInvites(sql, ann);
  await assertGone(sql, cat, hash);
});

testWithDatabase("acceptInvite tells nobody of a block", async ({ sql }) => {
  const [ann = "", ben = "", cat = "", dan = ""] = await seedCrowd(sql, 4);
  const hash = await seedInvite(sql, { maker: ann });
  await seedContacts(sql, ann, dan);
  await seedBlock(sql, ann, ben);
  await seedBlock(sql, cat, ann);
  await seedBlock(sql, ann, dan);
  for (const user of [ben, cat, dan]) await assertGone(sql, user, hash);
  assert.equal(await readUses(sql, hash), 0);
});

testWithDatabase("acceptInvite makes as many contacts as it may, at once", async ({ sql }) => {
  const [ann = "", ...crowd] = await seedCrowd(sql, 13);
  const hash = await seedInvite(sql, { maker: ann, maxUses: 3 });
  const outcomes = await Promise.allSettled(crowd.map((user) => acceptInvite(sql, user, hash)));
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.equal(outcome.reason.code, "gone");
  }
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 3);
  const contacts = await sql`select from contacts where user_id = ${ann}`;
  assert.equal(contacts.length, 3);
});

testWithDatabase("a new invitation sweeps those that ended long ago", async ({ sql }) => {
  const { conversation, owner, joe } = await seedGroup(sql);
  const old = await seedInvite(sql, { maker: owner, conversation });
  const recent = await seedInvite(sql, { maker: owner, conversation });
  await sql`update invites set expires_at = now() - interval '31 days' where hash = ${old}`;
  await sql`update invites set expires_at = now() - interval '29 days' where hash = ${recent}`;
  await seedInvite(sql, { maker: joe });
  assert.deepEqual([await readUses(sql, old), await readUses(sql, recent)], [undefined, 0]);
  await refused("not-found", acceptInvite(sql, joe, old));
  await assertGone(sql, joe, recent);
});
