import type { Queries } from "./open.ts";

/** What the driver says where it met a replica while it connected; and of connections that were ended. */
const NO_PRIMARY = "CONNECTION_DESTROYED";

const REPLICA = "it is in recovery, a replica of another one; name the primary";

/**
 * Why nothing may be written here, with what to do about it; undefined where all is well. Asked of the
 * session itself: a role, a database or the address may set what the server does not.
 */
export async function readFault(sql: Queries): Promise<string | undefined> {
  let row: Row | undefined;
  try {
    [row] = await sql<Row[]>`
      select pg_is_in_recovery() as recovering,
        current_setting('transaction_read_only') = 'on' as read_only,
        current_setting('fsync') = 'off' as unsynced,
        current_setting('synchronous_commit') = 'off' as hasty`;
  } catch (error) {
    if (isReplica(error)) return REPLICA;
    throw error;
  }
  if (row === undefined || row.recovering) return REPLICA;
  if (row.readOnly) {
    return "it is read-only (default_transaction_read_only = on); set that to off for this server, " +
      "database and role";
  }
  if (row.unsynced) {
    return "fsync = off: a power cut would lose what was acknowledged; set fsync = on";
  }
  if (row.hasty) {
    return "synchronous_commit = off: a crash would lose what was acknowledged; set it to on for " +
      "this server, database and role";
  }
  return undefined;
}

type Row = { recovering: boolean; readOnly: boolean; unsynced: boolean; hasty: boolean };

export function isReplica(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === NO_PRIMARY;
}
