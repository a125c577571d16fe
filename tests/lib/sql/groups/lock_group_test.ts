import assert from "node:assert/strict";
import { removeMember } from "../../../../lib/sql/groups/remove_member.ts";
import type { Sql } from "../../../../lib/sql/open.ts";
import { testWithDatabase } from "../../../support/databases.ts";
import { eventually } from "../../../support/deadline.ts";
import { refused } from "../../../support/refusals.ts";
import { readRoles, seedCrowd, seedGroupOf } from "../../../support/seed_groups.ts";

/** Whether a transaction of this database waits for another one. */
async function somebodyWaits(sql: Sql): Promise<boolean> {
  const waiting = await sql`select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return waiting.length > 0;
}

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
      // The embedded database does not even begin another transaction before this one has ended.
      if (share.kind === "server") await eventually(() => somebodyWaits(sql), "the removal waits");
    });
    await removal;
    assert.equal((await readRoles(sql, id))[meg], "member");
  },
);
