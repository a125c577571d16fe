/** A person on one isolate and a person on another of the same process talk without waiting. */
import assert from "node:assert/strict";
import { type Cast, inventCast, SECRET, seedCast } from "../../bench/seed.ts";
import type { DatabaseConfig } from "../../lib/config.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { ageLog } from "../support/aged_log.ts";
import { databaseKinds } from "../support/databases.ts";
import { createServerProcess } from "../support/server_process.ts";
import { talkApart, TALKERS } from "../support/talk_apart.ts";

const WORKERS = 4;

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
