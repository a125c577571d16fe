import { PGlite } from "@electric-sql/pglite";
import { SyncedFiles } from "./embedded_files.ts";

/** The one session of an embedded database. */
export interface EmbeddedSession {
  /**
   * Executes messages of PostgreSQL's protocol.
   * @returns the answer; it rejects if anything said so far may be untrue
   */
  execute(messages: Uint8Array): Promise<Uint8Array>;
  [Symbol.asyncDispose](): Promise<void>;
}

const START = [
  // Among them -F, which turns syncing off.
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== "-F"),
  ...["-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "full_page_writes=on"],
  // The usual choice on Linux is fdatasync, which does nothing in PGlite.
  ...["-c", "wal_sync_method=fsync"],
  // An `analyze` reads 300 rows for each of these, and everybody waits for it.
  ...["-c", "default_statistics_target=20"],
  // As on a server's lanes (open.ts); planning takes longer here than most statements do.
  ...["-c", "plan_cache_mode=force_generic_plan", "-c", "enable_seqscan=off"],
];

/**
 * Opens the database below `directory`, or makes one there. A commit is on disk before it is
 * answered.
 * @param onFailure told once, at once, when the database can no longer be believed
 */
export async function openSession(
  directory: string,
  onFailure: (reason: string) => void,
): Promise<EmbeddedSession> {
  const files = new SyncedFiles(directory, onFailure);
  const check = () => {
    if (files.failure !== undefined) throw new Error(files.failure);
  };
  const database = await PGlite.create({ fs: files, startParams: START });
  check();
  return {
    execute: async (messages) => {
      check();
      const answer = await database.execProtocolRaw(messages);
      // PGlite answers on after a PANIC, and that a commit has been refused comes after its "done".
      check();
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      check();
      await database.close();
      check();
    },
  };
}
