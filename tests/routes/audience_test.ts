import assert from "node:assert/strict";
import { FOLLOWED, NAMED } from "../../lib/bus/audience.ts";
import { addMembers } from "../../lib/sql/groups/add_members.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { readAudience } from "../../routes/audience.ts";
import { testWithDatabase } from "../support/databases.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { seedContactsOf, seedCrowd, seedGroupOf } from "../support/seed_groups.ts";

/** Lets some people into a group of so many, as the gate does. */
async function grow(sql: Sql, members: number, by: number) {
  const [owner = "", ...people] = await seedCrowd(sql, members + by);
  const came = people.slice(members - 1);
  await seedContactsOf(sql, owner, came);
  const id = await seedGroupOf(sql, { owner, members: people.slice(0, members - 1) });
  const { news } = await addMembers(sql, owner, id, came);
  assert.ok(news !== undefined);
  return { news, came, all: [owner, ...people] };
}

testWithDatabase("readAudience names the members of a small group", async ({ sql }) => {
  const { news, all } = await grow(sql, FOLLOWED - 1, NAMED - FOLLOWED + 1);
  const audience = await readAudience({ sql, log: createFakeLog() }, news);
  assert.ok(audience !== "all");
  assert.deepEqual(audience, { users: audience.users });
  assert.deepEqual(audience.users.toSorted(), all.toSorted());
});

testWithDatabase("readAudience names a large group, and who came into it", async ({ sql }) => {
  const { news, came } = await grow(sql, FOLLOWED, NAMED - FOLLOWED + 1);
  const audience = await readAudience({ sql, log: createFakeLog() }, news);
  assert.ok(audience !== "all" && audience.group);
  assert.deepEqual(audience.users.toSorted(), came.toSorted());
});

testWithDatabase(
  "readAudience is all where a group was too small to be followed, and where many came",
  async ({ sql }) => {
    for (
      const [members, by] of [[FOLLOWED - 1, NAMED - FOLLOWED + 2], [FOLLOWED, NAMED + 1]] as const
    ) {
      const { news } = await grow(sql, members, by);
      assert.equal(await readAudience({ sql, log: createFakeLog() }, news), "all");
    }
  },
);

testWithDatabase(
  "readAudience is all where the database cannot say who is in it",
  async ({ sql }) => {
    const { news } = await grow(sql, 2, 1);
    const log = createFakeLog();
    const away = Object.assign(() => Promise.reject(new Error("the database is away")), sql);
    assert.equal(await readAudience({ sql: away, log }, news), "all");
    assert.equal(log.lines.length, 1);
  },
);
