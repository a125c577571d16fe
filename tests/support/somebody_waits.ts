import type { Sql } from "../../lib/sql/open.ts";

/** Whether a statement of this database, which has to be a server's, waits for another one's lock. */
export async function somebodyWaits(sql: Sql): Promise<boolean> {
  const waiting = await sql`select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return waiting.length > 0;
}
