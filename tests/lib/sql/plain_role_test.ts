import assert from "node:assert/strict";
import { migrate } from "../../../lib/sql/migrate.ts";
import { openDatabase } from "../../../lib/sql/open.ts";
import { findPostgres, startPostgres } from "../../support/postgres_server.ts";
import { seedGroup, seedUser } from "../../support/seed.ts";
import { startTestServer } from "../../support/test_server.ts";

Deno.test({
  name: "a server runs under a database role that may change no table, once somebody has migrated",
  ignore: findPostgres() === undefined,
  fn: async () => {
    await using cluster = await startPostgres();
    const url = await cluster.createDatabase();
    await using owner = await openDatabase({ kind: "server", url });
    await migrate(owner.sql);
    await owner.sql.unsafe(`
      create role plain login;
      revoke create on schema public from public;
      grant usage on schema public to plain;
      grant select, insert, update, delete on all tables in schema public to plain;
    `);
    const plain = new URL(url);
    plain.username = "plain";
    const config = { kind: "server", url: plain.href } as const;
    await using server = await startTestServer(config);
    const answer = await fetch(`${server.origin}/readyz`);
    assert.equal(answer.status, 200, await answer.text());

    await using role = await openDatabase(config);
    const ann = await seedUser(role.sql);
    await seedGroup(role.sql, [ann]);
    await assert.rejects(role.sql`create table extra (id int)`, /permission denied/);
    await assert.rejects(role.sql`alter table users add column extra int`, /must be owner/);
  },
});
