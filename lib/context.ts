/** Opens what the services stand on, and closes it again in the opposite order. */
import type { Bus } from "./bus/bus.ts";
import { openBroadcastBus } from "./bus/broadcast_bus.ts";
import { type DatabaseClock, openDatabaseClock } from "./clock.ts";
import { type BusConfig, type Config, usesBus, usesKv } from "./config.ts";
import { type DataDir, openDataDir } from "./data_dir.ts";
import type { ObjectStore } from "./files/object_store.ts";
import { openStore } from "./files/open_store.ts";
import { openKv } from "./kv/open.ts";
import type { Log } from "./log.ts";
import { watchFaults } from "./sql/fault_watch.ts";
import { knowsServer, readEpoch } from "./sql/log_epoch.ts";
import type { Outside } from "./previews/outside.ts";
import type { Id } from "./protocol/model.ts";
import { createPasswords, type Passwords } from "./passwords.ts";
import { startMaintenance } from "./sql/maintenance.ts";
import { migrate } from "./sql/migrate.ts";
import { type Database, openDatabase, type Sql } from "./sql/open.ts";
import { createSeal, type Seal } from "./seal.ts";
import { createServiceTokens, type ServiceTokens } from "./services/service_tokens.ts";
import { realTimers } from "./timers.ts";
import { createTokens, type Tokens } from "./tokens.ts";

export interface Context extends AsyncDisposable {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  readonly sql: Sql;
  /** The log's name at the start. */
  readonly epoch: Id;
  /** Only where status or verify runs. */
  readonly kv: Deno.Kv | undefined;
  /** Only where the gate or chat runs. */
  readonly bus: Bus | undefined;
  /** Where the bytes of files are. Only where the gate runs. */
  readonly files: ObjectStore | undefined;
  readonly clock: DatabaseClock;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  /** For mails that wait to be sent. */
  readonly mailSeal: Seal;
  /** For calls between processes. */
  readonly serviceTokens: ServiceTokens;
}

const SERVER =
  "this role may not ask which server this is (pg_control_system), so that a dump restored " +
  "on another one may look like the log it was made of";

/** Parts that the caller brings along. What is brought is not closed here. */
export type Parts = {
  log: Log;
  bus?: Bus;
  /** What this isolate is called, where it is one of several that share the port. */
  isolate?: string | undefined;
  /** Milliseconds by which the event loop is late; measured where nobody says. */
  delay?: () => number;
  /** The world that pages are asked in which messages name. */
  outside?: Outside;
};

/** @throws StartError when a part cannot be opened */
export async function openContext(config: Config, parts: Parts): Promise<Context> {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = needsDataDir(config)
    ? cleanup.use(await openDataDir(config.dataDir, config.database.kind === "embedded"))
    : undefined;
  const secret = config.secret ?? await secretOf(dataDir);
  const among = parts.isolate === undefined ? 1 : config.workers;
  const database = cleanup.use(await openDatabase(config.database, among));
  await migrate(database.sql);
  const epoch = await readEpoch(database.sql);
  if (!await knowsServer(database.sql)) {
    parts.log.warn("database.unknown-server", { reason: SERVER });
  }
  const clock = cleanup.use(await openDatabaseClock(database.sql, parts.log));
  if (config.database.kind === "embedded") {
    cleanup.use(startMaintenance(database.sql, clock, parts.log));
  }
  if (config.database.kind === "server") {
    cleanup.use(watchFaults(database, parts.log, realTimers));
  }
  const kv = usesKv(config) ? await openKv(config.kvPath) : undefined;
  cleanup.defer(() => kv?.close());
  const bus = usesBus(config)
    ? parts.bus ?? cleanup.use(await openBus(config.bus, parts.log))
    : undefined;
  const files = config.roles.has("gate")
    ? cleanup.use(await openStore(config.files, parts.log))
    : undefined;
  const resources = cleanup.move();
  return {
    config,
    log: parts.log,
    database,
    sql: database.sql,
    epoch,
    kv,
    bus,
    files,
    clock,
    tokens: createTokens(secret, clock, config.acceptedSecret),
    // Half of the processors are left to everything else.
    passwords: createPasswords(Math.max(1, Math.floor(navigator.hardwareConcurrency / 2 / among))),
    mailSeal: createSeal("mail", secret, config.acceptedSecret),
    serviceTokens: createServiceTokens(secret, clock, config.acceptedSecret),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function openBus(config: BusConfig, log: Log): Promise<Bus> {
  if (config.kind === "broadcast") return openBroadcastBus();
  // Its client is large, and a process by itself has no use for it.
  const { openNatsBus } = await import("./bus/nats_bus.ts");
  return await openNatsBus(config, log);
}

/** A node that gets everything from elsewhere leaves the disk alone, and shares no lock. */
export function needsDataDir(config: Config): boolean {
  // Whoever shares the embedded database with this isolate has the lock.
  if (config.database.kind === "socket") return false;
  const { database, files, roles, dataDir } = config;
  const isIn = (path: string) => path.startsWith(`${dataDir}/`);
  return database.kind === "embedded" || config.secret === undefined ||
    (usesKv(config) && isIn(config.kvPath)) ||
    (roles.has("gate") && files.kind === "disk" && isIn(files.directory));
}

async function secretOf(dataDir: DataDir | undefined): Promise<string> {
  if (dataDir === undefined) throw new Error("a context without a data directory needs a secret");
  return await dataDir.secret();
}
