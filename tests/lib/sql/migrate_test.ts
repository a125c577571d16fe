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
