/**
 * What a PostgreSQL server does by itself in the background and an embedded one, which is a single
 * process without a background, does not: vacuum, analyze, checkpoint. Without them statistics age,
 * dead rows and the log of changes grow without bound, and a start after a crash replays all of it.
 *
 * Everything is a statement of its own and done when a fixed amount of work has gathered: so each
 * holds up the appends that wait behind it for about the same short time, however large the database
 * has become and however busy it is. See docs/decisions/0005 for how long that is.
 */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Sql } from "./open.ts";

/** Milliseconds between two looks at what there is to do. */
export const LOOK_EVERY = 5_000;
/** Milliseconds after the start, and then between, when every table that changed has its turn. */
export const FIRST_ROUND = 3 * 60_000;
export const ROUND_EVERY = 60 * 60_000;
/** Rows added, changed or removed since the last time, after which a table does not wait for that. */
const VACUUM_ROWS = 50_000;
/** And the share of a table's rows after which its statistics are out of date. */
const ANALYZE_SHARE = 0.1;
/** Bytes of log since the last checkpoint after which there is another one. */
const CHECKPOINT_BYTES = 32 * 1024 * 1024;

export interface Maintenance {
  /** Does what has become due. */
  look(): Promise<void>;
  /** After this nothing is begun any more. */
  stop(): void;
}

type Table = { name: string; changed: number; modified: number; rows: number };

export function createMaintenance(sql: Sql, clock: Clock): Maintenance {
  let stopped = false;
  let nextRound = clock.now() + FIRST_ROUND;

  const checkpoint = async () => {
    const [row] = await sql<{ due: boolean }[]>`
      select pg_current_wal_insert_lsn() - redo_lsn > ${CHECKPOINT_BYTES} as due
      from pg_control_checkpoint()`;
    if (row?.due && !stopped) await sql.unsafe("checkpoint");
  };

  /** What each table has seen since it was last looked after. */
  const readTables = () =>
    sql<Table[]>`
      select quote_ident(schemaname) || '.' || quote_ident(relname) as name,
        n_dead_tup + n_ins_since_vacuum as changed, n_mod_since_analyze as modified,
        n_live_tup as rows
      from pg_stat_user_tables where n_dead_tup + n_ins_since_vacuum + n_mod_since_analyze > 0
      order by 1`;

  return {
    look: async () => {
      if (stopped) return;
      const round = clock.now() >= nextRound;
      if (round) nextRound = clock.now() + ROUND_EVERY;
      for (const { name, changed, modified, rows } of await readTables()) {
        // Names come quoted from the database.
        if ((round && changed > 0) || changed >= VACUUM_ROWS) {
          if (!stopped) await sql.unsafe(`vacuum ${name}`);
        }
        if ((round && modified > 0) || modified >= Math.max(VACUUM_ROWS, rows * ANALYZE_SHARE)) {
          if (!stopped) await sql.unsafe(`analyze ${name}`);
        }
      }
      // Last: a page's first change after a checkpoint is logged with the whole page, and a vacuum
      // changes many.
      if (!stopped) await checkpoint();
    },
    stop: () => void (stopped = true),
  };
}

/** Looks after the embedded database until it is disposed, which waits for the step under way. */
export function startMaintenance(sql: Sql, clock: Clock, log: Log): AsyncDisposable {
  const maintenance = createMaintenance(sql, clock);
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= maintenance.look()
      // It is tried again at the next look; whoever needs the database reports that it is away.
      .catch((error) => log.warn("maintenance.failed", { error }))
      .finally(() => looking = undefined);
  }, LOOK_EVERY);
  Deno.unrefTimer(timer);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      maintenance.stop();
      await looking;
    },
  };
}
