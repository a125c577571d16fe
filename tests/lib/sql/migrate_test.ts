import assert from "node:assert/strict";
import { StartError } from "../../../lib/errors.ts";
import { migrate } from "../../../lib/sql/migrate.ts";
import { openDatabase } from "../../../lib/sql/open.ts";
import { testOnDatabases } from "../../support/databases.ts";

testOnDatabases("migrate runs once, and refuses a schema that is newer", async (kind) => {
  await using place = await kind.create();
  await using database = await openDatabase(place.config);
  const { sql } = database;
  assert.ok(await migrate(sql) >= 1);
  const [before] = await sql<{ epoch: string }[]>`select epoch from log_epoch`;
  assert.equal(await migrate(sql), 0);
  const [after] = await sql<{ epoch: string }[]>`select epoch from log_epoch`;
  assert.equal(after?.epoch, before?.epoch);
  await sql`insert into schema_migrations (version, name) values (9999, 'from the future')`;
  await assert.rejects(migrate(sql), (error) => {
    assert.ok(error instanceof StartError && /9999/.test(error.message));
    return true;
  });
});

testOnDatabases("migrate lets servers that start together wait for one another", async (kind) => {
  await using place = await kind.create();
  await using database = await openDatabase(place.config);
  const ran = await Promise.all([1, 2, 3].map(() => migrate(database.sql)));
  assert.equal(ran.filter((count) => count > 0).length, 1);
});

testOnDatabases(
  "migrate gives every table the trigger that refuses what could be lost",
  async (kind) => {
    await using place = await kind.create();
    await using database = await openDatabase(place.config);
    const { sql } = database;
    await migrate(sql);
    const tables = () =>
      sql<{ name: string; guarded: boolean }[]>`
      select c.relname as name, exists (
        select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'refuse_unsafe_write'
          and t.tgenabled = 'O' and t.tgfoid = 'refuse_write'::regproc
      ) as guarded
      from pg_class c
      where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace`;
    const unguarded = async () =>
      (await tables()).filter(({ guarded }) => !guarded).map(({ name }) => name);
    assert.ok((await tables()).length > 10);
    assert.deepEqual(await unguarded(), []);
    // As a migration would leave one that forgets it.
    await sql`create table forgotten (id int)`;
    assert.deepEqual(await unguarded(), ["forgotten"]);
  },
);
