import assert from "node:assert/strict";
import {
  createMaintenance,
  FIRST_ROUND,
  ROUND_EVERY,
  startMaintenance,
} from "../../../lib/sql/maintenance.ts";
import { openDatabase, type Sql } from "../../../lib/sql/open.ts";
import { databaseKinds } from "../../support/databases.ts";
import { createFakeLog } from "../../support/fake_services.ts";

const [embedded] = databaseKinds;

async function withEmbedded(run: (sql: Sql) => Promise<void>): Promise<void> {
  assert.ok(embedded);
  await using place = await embedded.create();
  await using database = await openDatabase(place.config);
  await run(database.sql);
}

type Counts = { vacuums: number; analyzes: number };

async function counts(sql: Sql): Promise<Counts | undefined> {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<Counts[]>`
    select vacuum_count as vacuums, analyze_count as analyzes
    from pg_stat_user_tables where relname = 'Odd "name'`;
  return row && { ...row };
}

const insert = async (sql: Sql, rows: number) => {
  await sql`insert into "Odd ""name" select n from generate_series(1, ${rows}::int) n`;
  await sql`select pg_stat_force_next_flush()`;
};

Deno.test("createMaintenance vacuums and analyzes what has changed much, or when it is time", async () => {
  await withEmbedded(async (sql) => {
    await sql`create table "Odd ""name" (n int)`;
    let now = 0;
    const maintenance = createMaintenance(sql, { now: () => now });
    const expected = { vacuums: 0, analyzes: 0 };

    await insert(sql, 10);
    await maintenance.look();
    assert.deepEqual(await counts(sql), expected, "ten rows can wait");

    now += FIRST_ROUND;
    await maintenance.look();
    assert.deepEqual(await counts(sql), { vacuums: 1, analyzes: 1 }, "until the first round");

    await maintenance.look();
    assert.deepEqual(await counts(sql), { vacuums: 1, analyzes: 1 }, "which is done once");

    await insert(sql, 60_000);
    await maintenance.look();
    assert.deepEqual(await counts(sql), { vacuums: 2, analyzes: 2 }, "many rows cannot wait");

    now += ROUND_EVERY;
    await maintenance.look();
    assert.deepEqual(await counts(sql), { vacuums: 2, analyzes: 2 }, "nothing has changed");

    await insert(sql, 60_000);
    maintenance.stop();
    await maintenance.look();
    assert.deepEqual(await counts(sql), { vacuums: 2, analyzes: 2 }, "nor after the end");
  });
});

Deno.test("createMaintenance keeps the log of changes short, which nobody else does", async () => {
  await withEmbedded(async (sql) => {
    const sinceCheckpoint = async () => {
      const [row] = await sql<{ bytes: number }[]>`
        select (pg_current_wal_insert_lsn() - redo_lsn)::bigint as bytes
        from pg_control_checkpoint()`;
      return row?.bytes ?? 0;
    };
    const maintenance = createMaintenance(sql, { now: () => 0 });
    await sql`create table notes (text text)`;
    for (let step = 0; step < 3; step++) {
      await sql`insert into notes select repeat('x', 200) from generate_series(1, 60000)`;
    }
    // A vacuum is due as well, and writes to the log itself.
    await sql`select pg_stat_force_next_flush()`;
    const before = await sinceCheckpoint();
    assert.ok(before > 40_000_000, `${before} bytes`);
    await maintenance.look();
    const after = await sinceCheckpoint();
    assert.ok(after < 1_000_000, `${after} bytes`);
  });
});

Deno.test("startMaintenance ends without having begun", async () => {
  const log = createFakeLog();
  await withEmbedded(async (sql) => {
    await startMaintenance(sql, { now: () => 0 }, log)[Symbol.asyncDispose]();
  });
  assert.deepEqual(log.lines, []);
});
