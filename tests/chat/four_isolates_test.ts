/** A person on one isolate and a person on another of the same process talk without waiting. */
import assert from "node:assert/strict";
import { type Cast, inventCast, SECRET, seedCast } from "../../bench/seed.ts";
import type { DatabaseConfig } from "../../lib/config.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase, type Sql } from "../../lib/sql/open.ts";
import { databaseKinds } from "../support/databases.ts";
import { createServerProcess } from "../support/server_process.ts";
import { talkApart, TALKERS } from "../support/talk_apart.ts";

const WORKERS = 4;
/** Of 16 MiB; what is left of them by min_wal_size lasts longer than this test. */
const LOG_FILES = 8;

const postgres = databaseKinds.find(({ name }) => name === "postgresql");

Deno.test({
  name: "four isolates deliver 1,000 messages a second to one another",
  ignore: postgres?.ignore ?? true,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assert.ok(postgres !== undefined);
    await using place = await postgres.create();
    const { config } = place;
    const cast = await seed(config);
    await using server = await createServerProcess(config, {
      PARLEY_WORKERS: String(WORKERS),
      PARLEY_SECRET: SECRET,
      PARLEY_LIMITS: "on",
    });
    await server.start();
    await talkApart([{ hostname: "127.0.0.1", port: server.port }], cast, WORKERS);
  },
});

async function seed(config: DatabaseConfig): Promise<Cast> {
  await using database = await openDatabase(config);
  await migrate(database.sql);
  const cast = await seedCast(database.sql, inventCast(TALKERS, "pairs"), "pairs");
  await ageLog(database.sql);
  return cast;
}

/**
 * A new server makes each file of its log when it comes to it, and everybody's commit waits while that is
 * written and synced, for some 80 ms. One that has run for a while has old files to use again.
 */
async function ageLog(sql: Sql): Promise<void> {
  for (let file = 0; file < LOG_FILES; file++) {
    await sql`select pg_logical_emit_message(false, 'age', 'so that there is something in it')`;
    await sql`select pg_switch_wal()`;
  }
  await sql`checkpoint`;
}
