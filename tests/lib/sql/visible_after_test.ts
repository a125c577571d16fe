import assert from "node:assert/strict";
import { readMemberships } from "../../../lib/sql/members.ts";
import { visibleAfter, visibleAfterOf } from "../../../lib/sql/visible_after.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedCrowd, seedGroupOf } from "../../support/seed_groups.ts";

testWithDatabase(
  "a membership that was read lets people read what a query does",
  async ({ sql }) => {
    const [owner = "", meg = ""] = await seedCrowd(sql, 2);
    const id = await seedGroupOf(sql, { owner, members: [meg] });
    await sql`update members set joined_seq = 7
    where conversation_id = ${id} and user_id = ${meg}`;
    for (const [visible, expected] of [[false, 7], [true, 0]] as const) {
      await sql`update conversations set history_visible = ${visible} where id = ${id}`;
      const rows = await sql<{ after: number }[]>`
      select ${visibleAfter(sql, "c", "m")} as after
      from conversations c join members m on m.conversation_id = c.id
      where c.id = ${id} and m.user_id = ${meg}`;
      assert.equal(rows[0]?.after, expected);
      const [membership] = await readMemberships(sql, [id]);
      const member = membership?.members.get(meg);
      assert.ok(membership && member);
      assert.equal(visibleAfterOf(membership, member), expected);
    }
  },
);
