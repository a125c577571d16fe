import assert from "node:assert/strict";
import { newId } from "../../../../lib/ids.ts";
import { acceptInvite } from "../../../../lib/sql/accept_invite.ts";
import { addMembers } from "../../../../lib/sql/groups/add_members.ts";
import { changeGroup } from "../../../../lib/sql/groups/change_group.ts";
import { changeMember } from "../../../../lib/sql/groups/change_member.ts";
import { removeMember } from "../../../../lib/sql/groups/remove_member.ts";
import type { Id } from "../../../../lib/protocol/model.ts";
import { revokeGroupInvites } from "../../../../lib/sql/invites.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { eventually, within } from "../../../support/deadline.ts";
import { refused } from "../../../support/refusals.ts";
import { readRoles, seedCrowd, seedGroupOf } from "../../../support/seed_groups.ts";
import { seedInvite } from "../../../support/seed_invites.ts";
import { somebodyWaits } from "../../../support/somebody_waits.ts";

testWithDatabase(
  "lockGroup waits for a change under way, and judges by what it left",
  async ({ sql, share }) => {
    const [owner = "", ada = "", meg = ""] = await seedCrowd(sql, 3);
    const id = await seedGroupOf(sql, { owner, admins: [ada], members: [meg] });
    let removal: Promise<unknown> = Promise.resolve();
    await sql.begin(async (tx) => {
      await tx`update conversations set members_rev = members_rev + 1 where id = ${id}`;
      await tx`update members set role = 'member'
        where conversation_id = ${id} and user_id = ${ada}`;
      removal = refused("forbidden", removeMember(sql, ada, id, meg));
      removal.catch(() => {});
      // The embedded database does not even begin another transaction before this one has ended.
      if (share.kind === "server") await eventually(() => somebodyWaits(sql), "the removal waits");
    });
    await removal;
    assert.equal((await readRoles(sql, id))[meg], "member");
  },
);

testWithDatabase(
  "inGroup lets no stranger wait for a group, or hold it up",
  async ({ sql, share }) => {
    // The embedded database never has two transactions at a time: nobody waits in one.
    if (share.kind !== "server") return;
    const [owner = "", ada = "", stranger = ""] = await seedCrowd(sql, 3);
    const id = await seedGroupOf(sql, { owner, admins: [ada] });
    const ended = await seedInvite(sql, { maker: ada, conversation: id });
    await revokeGroupInvites(sql, ada, id);
    const change = { title: "Mine" };
    await sql.begin(async (tx) => {
      await tx`select from conversations where id = ${id} for update`;
      for (const group of [id, newId()]) {
        const tries = [
          changeGroup(sql, stranger, group, change),
          addMembers(sql, stranger, group, [stranger]),
          changeMember(sql, stranger, group, ada, { role: "member" }),
          removeMember(sql, stranger, group, ada),
          removeMember(sql, stranger, group, stranger),
        ];
        const answers = tries.map((each) => refused("not-member", each));
        await within(Promise.all(answers), "the answer to a stranger");
      }
      await within(refused("gone", acceptInvite(sql, stranger, ended)), "that it is gone");
    });
  },
);

testWithDatabase("inviting people to a group waits for nobody", async ({ sql, share }) => {
  if (share.kind !== "server") return;
  const [owner = "", ada = ""] = await seedCrowd(sql, 2);
  const id = await seedGroupOf(sql, { owner, admins: [ada] });
  await sql.begin(async (tx) => {
    await tx`select from conversations where id = ${id} for no key update`;
    const hash = await within(seedInvite(sql, { maker: ada, conversation: id }), "an invitation");
    await within(acceptInvite(sql, owner, hash), "the answer to who is in it already");
    await within(revokeGroupInvites(sql, owner, id), "its end");
  });
});

testWithDatabase(
  "handing a group over holds nobody's row while it waits for another",
  async ({ sql, share }) => {
    if (share.kind !== "server") return;
    const hand: ((owner: Id, id: Id, heir: Id) => Promise<unknown>)[] = [
      (owner, id, heir) => changeMember(sql, owner, id, heir, { role: "owner" }),
      (owner, id) => removeMember(sql, owner, id, owner),
    ];
    for (const handOver of hand) {
      const [first = "", last = ""] = (await seedCrowd(sql, 2)).sort();
      const id = await seedGroupOf(sql, { owner: last, members: [first] });
      let handed: Promise<unknown> = Promise.resolve();
      await sql.begin(async (tx) => {
        // As a batch of receipts does: one row after the other, in order.
        await tx`select from members where conversation_id = ${id} and user_id = ${first}
          for no key update`;
        handed = handOver(last, id, first);
        handed.catch(() => {});
        await eventually(() => somebodyWaits(sql), "the change waits for a receipt");
        await tx`select from members where conversation_id = ${id} and user_id = ${last}
          for no key update nowait`;
      });
      await handed;
      assert.equal((await readRoles(sql, id))[first], "owner");
    }
  },
);

testWithDatabase(
  "changes of one group leave the pool to everybody else",
  async ({ sql, share }) => {
    if (share.kind !== "server") return;
    const [owner = "", ...crowd] = await seedCrowd(sql, 13);
    const id = await seedGroupOf(sql, { owner });
    const hash = await seedInvite(sql, { maker: owner, conversation: id });
    const personal = await seedInvite(sql, { maker: owner });
    const many: (() => Promise<unknown>)[][] = [
      crowd.map((_, n) => () => changeGroup(sql, owner, id, { title: `Title ${n}` })),
      crowd.map((user) => () => acceptInvite(sql, user, hash)),
      crowd.map((user) => () => acceptInvite(sql, user, personal)),
    ];
    for (const changes of many) {
      let done: Promise<unknown> = Promise.resolve();
      await sql.begin(async (tx) => {
        await tx`select from conversations where id = ${id} for no key update`;
        await tx`select from users where id = ${owner} for no key update`;
        done = Promise.all(changes.map((change) => change()));
        // Where this fails they are cut off with it: that is no second failure.
        done.catch(() => {});
        await eventually(() => somebodyWaits(sql), "one of them waits");
        // By then the others have asked for what they need as well.
        for (let n = 0; n < 20; n++) await within(sql`select 1`, "an answer to somebody else");
      });
      await done;
    }
    const [group] = await sql<{ memberCount: number }[]>`
      select member_count from conversations where id = ${id}`;
    assert.equal(group?.memberCount, 13);
  },
);
