/** Serves by several isolates of this process, so that it uses several cores. */
import { createServer } from "node:http";
import project from "../deno.json" with { type: "json" };
import { startIsolate } from "./start_one.ts";
import { keepIsolate } from "./keep_running.ts";
import { openDatabaseClock } from "../lib/clock.ts";
import type { Config } from "../lib/config.ts";
import { needsDataDir } from "../lib/context.ts";
import { openDataDir } from "../lib/data_dir.ts";
import { endWithin } from "../lib/end_within.ts";
import { listen } from "../lib/listen.ts";
import { type Log, withFields } from "../lib/log.ts";
import { startReport } from "../lib/report.ts";
import { startMaintenance } from "../lib/sql/maintenance.ts";
import { migrate } from "../lib/sql/migrate.ts";
import { openDatabase } from "../lib/sql/open.ts";
import { realTimers, type Timers } from "../lib/timers.ts";
import { type Server, SERVER_ENDS_WITHIN } from "../server.ts";

/** Milliseconds: for the isolates' own end, and to close what they shared. */
const ENDS_WITHIN = SERVER_ENDS_WITHIN + 500;

/**
 * Starts `config.workers` isolates on one port: the system shares out among them who connects. What
 * may exist once only is opened here: the hold on the data directory, the secret that is made at the
 * first start, the embedded database. Disposing drains all of them at once.
 * @param parts `module` is what runs in each isolate; tests have one that dies when it is told to
 * @throws StartError
 */
export async function startIsolates(
  config: Config,
  parts: { log: Log; timers?: Timers; module?: URL },
): Promise<Server> {
  const { log, timers = realTimers, module } = parts;
  await refuseTakenPort(config);
  await using cleanup = new AsyncDisposableStack();
  const embedded = config.database.kind === "embedded";
  const dataDir = needsDataDir(config)
    ? cleanup.use(await openDataDir(config.dataDir, embedded))
    : undefined;
  const secret = config.secret ?? await dataDir?.secret();
  const { share, description, notice } = await prepareDatabase(cleanup, config, log);

  const { id, capacity } = config.node;
  const names = Array.from({ length: config.workers }, (_, index) => `${id}.${index + 1}`);
  const own: Config = {
    ...config,
    database: share,
    secret,
    node: { ...config.node, capacity: Math.ceil(capacity / names.length) },
  };
  const running: AsyncDisposable[] = [];
  cleanup.defer(async () => {
    await Promise.all(running.map((isolate) => isolate[Symbol.asyncDispose]()));
  });
  const start = async (isolate: string, port: number) => {
    const kept = await keepIsolate(
      (calledOff) => startIsolate({ start: { ...own, port }, isolate }, { module, calledOff }),
      { log: withFields(log, { isolate }), timers },
    );
    running.push(kept);
    return kept;
  };
  // The first one alone: it says which port all of them have, or why nothing starts.
  const { port } = await start(names[0] ?? id, config.port);
  await Promise.all(names.slice(1).map((name) => start(name, port)));

  const resources = cleanup.move();
  const facts = {
    version: project.version,
    port,
    database: description,
    mailbox: config.mailUrl === "mailbox:",
    clock: notice,
    isolates: names,
  };
  return {
    port,
    report: startReport(config, facts),
    [Symbol.asyncDispose]: () => endWithin(ENDS_WITHIN, resources, { log, timers }),
  };
}

/**
 * Brings the database up to date. The embedded one stays open for the isolates; a server's connections
 * are closed, as each isolate has its own.
 */
async function prepareDatabase(keep: AsyncDisposableStack, config: Config, log: Log) {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openDatabase(config.database));
  await migrate(database.sql);
  const clock = opened.use(await openDatabaseClock(database.sql, log));
  const { share, description } = database;
  const found = { share, description, notice: clock.notice() };
  if (config.database.kind === "embedded") {
    opened.use(startMaintenance(database.sql, clock, log));
    keep.use(opened.move());
  }
  return found;
}

/**
 * Isolates let others share their port, and so would two servers that were started by mistake: half
 * of all people would come to each.
 */
async function refuseTakenPort({ host, port }: Config): Promise<void> {
  const probe = createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}
