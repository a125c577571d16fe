import postgres from "postgres";
import type { DatabaseConfig } from "../config.ts";
import { AppError, messageOf, StartError } from "../errors.ts";
import { createBoundedTurns } from "../bounded_turns.ts";
import { startEmbedded } from "./embedded.ts";
import { APPENDS } from "./embedded_turn.ts";
import type { Turns } from "../turns.ts";
import { isReplica, readFault } from "./fault.ts";

/** `bigint` is read as a number (counters stay far below 2^53), `timestamptz` as ISO 8601. */
type Types = { bigint: number; timestamptz: string };
export type Sql = postgres.Sql<Types>;
/** A connection's, a pool's or a transaction's: whatever makes queries. */
export type Queries = postgres.ISql<Types>;
/** A query that is run when it is waited for, or becomes a part of another one. */
export type PendingQuery<Rows extends readonly object[]> = postgres.PendingQuery<Rows>;
/** A part of a query. */
export type Fragment = postgres.Fragment;
export type Transaction = postgres.TransactionSql<Types>;

export interface Database extends AsyncDisposable {
  /** The pool, for everything but appends. */
  readonly sql: Sql;
  /** One connection each, for the appender's lanes. */
  readonly lanes: readonly Sql[];
  /** For what an append may have to wait for: no lane's statement and no reader is in its way. */
  readonly memberships: Sql;
  /**
   * What pages of messages and long lists wait for: only some of the pool's connections are theirs, so
   * that a ticket, a connection or a receipt always finds another one.
   */
  readonly reads: Turns;
  /** For the start's report, such as `PostgreSQL 17.2 on db.internal:5432`. */
  readonly description: string;
  /** Why nothing may be written there now, on any of these connections. Rejects where it is away. */
  fault(): Promise<string | undefined>;
  /** Where another isolate of this process reaches the same database. */
  readonly share: DatabaseConfig;
}

const POOL_SIZE = 10;
const LANES = 4;
/** Where several isolates share it out: so that what is quick finds one behind what takes long. */
const LEAST_POOL = 6;
/** Connections of the pool that no long read takes, and how many of those may wait. */
const KEPT_FREE = 4;
const WAITING_READS = 1_000;
const OLDEST_SERVER = 150_000;

/**
 * Connects to the configured database, and starts the embedded one where none is configured.
 * @param among isolates of this process that share out what one alone would connect
 * @throws StartError when it cannot be reached, is too old, or is one that would lose messages
 */
export async function openDatabase(config: DatabaseConfig, among = 1): Promise<Database> {
  await using cleanup = new AsyncDisposableStack();
  let share = config;
  if (config.kind === "embedded") {
    const embedded = cleanup.use(await startEmbedded(config.directory));
    share = { kind: "socket", path: embedded.socketPath };
  }
  // The embedded database runs one statement at a time, whatever the number of connections; but it
  // lets appends pass the backlog of the others (embedded_turn.ts).
  const single = share.kind !== "server";
  const poolSize = single ? 1 : portion(POOL_SIZE, among, LEAST_POOL);
  const sql = connect(share, poolSize);
  const lanes = Array.from(
    { length: single ? 1 : portion(LANES, among, 1) },
    () => connect(share, 1, LANE),
  );
  const memberships = connect(share, 1, { application_name: APPENDS });
  // Together: where the database is away, each of them takes all the time that it is given.
  cleanup.defer(async () => void await Promise.all([sql, ...lanes, memberships].map(end)));
  const version = await readVersion(sql, config);
  let ending = false;
  cleanup.defer(() => void (ending = true));
  const fault = async () => {
    const all = single ? [sql] : [sql, ...lanes, memberships];
    const found = (await Promise.all(all.map(readFault))).find((one) => one !== undefined);
    // A connection that is ended under way looks like one to a replica (fault.ts).
    if (ending) throw new ClosingError("the database is being closed");
    return found;
  };
  const found = await fault();
  if (found !== undefined) throw refusal(config, found);
  const resources = cleanup.move();
  return {
    sql,
    lanes,
    memberships,
    // One runs while the next one is on its way, also where there is one connection.
    reads: createBoundedTurns(Math.max(2, poolSize - KEPT_FREE), WAITING_READS, tooManyReads),
    share,
    fault,
    description: config.kind === "server"
      ? `PostgreSQL ${version} on ${placeOf(config.url)}`
      : `embedded PostgreSQL ${version}`,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/**
 * A lane runs few statements, which find every row by its key: each is planned once, and never by
 * reading a whole table, however small that was when it was planned. Planning it anew would cost
 * more than a small batch does.
 */
const LANE = {
  application_name: APPENDS,
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
};

/** How many connections of each there were that are gone. */
const lost = new WeakMap<Sql, number>();

/**
 * How many of its connections are gone: while that stays the same, a connection of one's own still is
 * the one to the server that was asked last. Counted before the driver connects anew.
 */
export function connectionsLost(sql: Sql): number {
  return lost.get(sql) ?? 0;
}

/** To those who ask it is away (failures.ts). */
class ClosingError extends Error {
  readonly code = "CONNECTION_ENDED";
}

function tooManyReads(): AppError {
  return new AppError("unavailable", "too much is being read at this moment", { retryAfter: 2 });
}

function portion(whole: number, among: number, least: number): number {
  return Math.max(least, Math.ceil(whole / among));
}

function connect(
  config: DatabaseConfig,
  max: number,
  settings: Readonly<Record<string, string>> = { application_name: "parley" },
): Sql {
  const options: postgres.Options<
    { bigint: postgres.PostgresType; timestamptz: postgres.PostgresType }
  > = {
    max,
    // Seconds.
    connect_timeout: 5,
    onnotice: () => {},
    onclose: () => void lost.set(made, connectionsLost(made) + 1),
    // Arrays are written by `arrayLiteral` and read as JSON: no need to ask for their types.
    fetch_types: false,
    transform: { column: { from: postgres.toCamel } },
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: Number },
      timestamptz: {
        to: 1184,
        from: [1184],
        serialize: String,
        parse: (value: string) => new Date(value).toISOString(),
      },
    },
  };
  const open = config.kind === "server"
    ? postgres(config.url, {
      ...options,
      // Seconds. Renewed now and then, so that a moved primary is found.
      max_lifetime: 30 * 60,
      // Nothing is asked of a replica, not even to read: it may be behind what was acknowledged. The
      // driver looks at what a server says of itself while it connects.
      target_session_attrs: "primary",
      backoff: reconnectAfter,
      // A long list looks so costly to the planner that it would compile the query first, which costs
      // more than it saves.
      connection: {
        ...settings,
        statement_timeout: 30_000,
        // A transaction whose process hangs would keep its locks, and hold up its conversations.
        idle_in_transaction_session_timeout: 15_000,
        jit: "off",
      },
    })
    : postgres(
      {
        ...options,
        path: config.kind === "socket" ? config.path : "",
        database: "postgres",
        username: "postgres",
        // Not renewed: all connections share one session, which keeps every statement that was ever
        // prepared. The driver's default would be half an hour or more.
        max_lifetime: null,
        // Seconds between two tries to connect. It is away for a moment at most, and trying costs
        // next to nothing; the driver's default grows to twenty.
        backoff: () => 0.1,
        connection: settings,
      } as typeof options,
    );
  const made = open as unknown as Sql;
  return made;
}

/**
 * Seconds before the next try to connect, after so many that failed: the driver's own grow to twenty,
 * for which nothing would go on after the database is back. By chance, so that not all come at once.
 */
export function reconnectAfter(tries: number, chance = Math.random()): number {
  return Math.min(1, 0.1 * 2 ** tries) * (0.5 + chance / 2);
}

async function readVersion(sql: Sql, config: DatabaseConfig): Promise<string> {
  let number: number;
  try {
    const [row] = await sql<{ number: number }[]>`
      select current_setting('server_version_num')::int as number`;
    number = row?.number ?? 0;
  } catch (error) {
    if (isReplica(error)) throw refusal(config, await readFault(sql) ?? messageOf(error));
    const place = config.kind === "server"
      ? `at ${placeOf(config.url)} (DATABASE_URL)`
      : "embedded here";
    throw new StartError(`cannot reach the database ${place}: ${messageOf(error)}`);
  }
  const version = `${Math.floor(number / 10_000)}.${number % 10_000}`;
  if (number < OLDEST_SERVER) {
    throw new StartError(`the database is PostgreSQL ${version}; Parley needs 15 or newer`);
  }
  return version;
}

function refusal(config: DatabaseConfig, fault: string): StartError {
  const place = config.kind === "server" ? ` at ${placeOf(config.url)} (DATABASE_URL)` : "";
  return new StartError(`the database${place} cannot be used: ${fault}`);
}

/** Host and port of a database URL: without the password, which belongs on no screen. */
function placeOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || "a local socket"}:${port || "5432"}`;
}

/** Seconds that statements under way have at the end; whoever waited for them has ended before. */
const END_WITHIN = 2;

async function end(sql: Sql): Promise<void> {
  await sql.end({ timeout: END_WITHIN });
}

/**
 * An array as PostgreSQL writes it (documentation section 8.15.6), to be cast in SQL. The driver
 * would guess the type from the first element, and learns to write arrays at all only some time
 * after it has connected.
 */
export function arrayLiteral(values: readonly (string | null)[]): string {
  const element = (value: string | null) =>
    value === null ? "NULL" : `"${value.replace(/[\\"]/g, "\\$&")}"`;
  return `{${values.map(element).join(",")}}`;
}
