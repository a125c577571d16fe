import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import type { Database } from "../../../lib/sql/open.ts";
import { searchUsers, selectMatching } from "../../../lib/sql/users.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { seedUser } from "../../support/seed.ts";

async function seedNamed({ sql }: Database, displayName: string): Promise<string> {
  const id = await seedUser(sql);
  await sql`update users set display_name = ${displayName} where id = ${id}`;
  return id;
}

testWithDatabase("searchUsers finds a display name by its beginning alone", async (database) => {
  const { sql } = database;
  const viewer = await seedUser(sql);
  const mark = newId().slice(-6);
  const wang = await seedNamed(database, `王${mark}小明`);
  const li = await seedNamed(database, `李${mark}王`);
  const eve = await seedNamed(database, `ÉVE${mark}`);
  const find = async (query: string) =>
    (await searchUsers(sql, viewer, query)).map(({ id }) => id).sort();
  assert.deepEqual(await find(`王${mark}`), [wang]);
  assert.deepEqual(await find(`王${mark}小`), [wang]);
  assert.deepEqual(await find(`李${mark}`), [li]);
  assert.deepEqual(await find(`${mark}小明`), []);
  assert.deepEqual(await find(`éve${mark}`), [eve]);
});

testWithDatabase("searchUsers takes no character for a pattern", async (database) => {
  const { sql } = database;
  const viewer = await seedUser(sql);
  const mark = newId().slice(-6);
  for (const sign of ["%", "_", "\\"]) {
    const id = await seedNamed(database, `${mark}${sign}x`);
    const found = async (query: string) =>
      (await searchUsers(sql, viewer, query)).map((user) => user.id);
    assert.deepEqual(await found(`${mark}${sign}`), [id]);
    assert.deepEqual(await found(`${mark}${sign}x`), [id]);
    assert.deepEqual(await found(`${mark}${sign}y`), []);
  }
  assert.equal((await searchUsers(sql, viewer, `${mark}\\%`)).length, 0);
});

testWithDatabase("searchUsers reads no more of the people than it finds", async (database) => {
  const { sql } = database;
  const viewer = await seedUser(sql);
  const mark = newId().slice(-8);
  await sql`
    insert into users (id, username, email, display_name, password_hash)
    select gen_random_uuid(), ${`u${mark}`} || n, ${`u${mark}`} || n || '@example.org',
      ${`Name ${mark} `} || n, '' from generate_series(1, 20000) n`;
  await sql`analyze users`;
  // The statement is prepared by the driver: also once it may be planned for any query.
  for (let n = 0; n < 8; n++) {
    const rows = await sql<{ "QUERY PLAN": string }[]>`
      explain ${selectMatching(sql, viewer, `name ${mark} 1999`)}`;
    const plan = rows.map((row) => Object.values(row)[0]).join("\n");
    for (const index of ["users_username_prefix", "users_display_name_prefix", "users_email_key"]) {
      assert.ok(plan.includes(index), plan);
    }
    assert.ok(!/Seq Scan on users/.test(plan), plan);
  }
  const found = await searchUsers(sql, viewer, `NAME ${mark} 1999`);
  assert.equal(found.length, 11);
  await sql`delete from users where username like ${`u${mark}%`}`;
});
