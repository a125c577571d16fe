import type { Sql } from "../../lib/sql/open.ts";

/** Of 16 MiB; what is left of them by min_wal_size lasts longer than this test. */
const LOG_FILES = 8;

/**
 * A new server makes each file of its log when it comes to it, and everybody's commit waits while that is
 * written and synced, for some 80 ms. One that has run for a while has old files to use again.
 */
export async function ageLog(sql: Sql): Promise<void> {
  for (let file = 0; file < LOG_FILES; file++) {
    await sql`select pg_logical_emit_message(false, 'age', 'so that there is something in it')`;
    await sql`select pg_switch_wal()`;
  }
  await sql`checkpoint`;
}
