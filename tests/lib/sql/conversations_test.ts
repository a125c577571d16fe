import assert from "node:assert/strict";
import { readRecentHeads } from "../../../lib/sql/conversations.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedGroup, seedUser } from "../../support/seed.ts";

testWithDatabase(
  "readRecentHeads finds what changed lately, also where nothing was said since",
  async ({ sql }) => {
    const user = await seedUser(sql);
    const [edited, quiet] = [await seedGroup(sql, [user]), await seedGroup(sql, [user])];
    await sql`update conversations set active_at = now() - interval '1 day'
      where id in (${edited}, ${quiet})`;
    await sql`update conversations set changed_at = now() - interval '1 day' where id = ${quiet}`;
    const found = await readRecentHeads(sql, [user], 60);
    assert.deepEqual(found.map(({ conversation }) => conversation), [edited]);
  },
);
