/** The two databases that every test of SQL runs on. */
import type { DatabaseConfig } from "../../lib/config.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { type Database, openDatabase } from "../../lib/sql/open.ts";
import { findPostgres, type PostgresServer, startPostgres } from "./postgres_server.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly config: DatabaseConfig;
}

export type DatabaseKind = {
  name: "embedded" | "postgresql";
  /** Whether this machine lacks it: the tests over it are reported as ignored. */
  ignore: boolean;
  /** A new, empty database. */
  create(): Promise<TestDatabase>;
};

export const databaseKinds: readonly DatabaseKind[] = [
  { name: "embedded", ignore: false, create: createEmbedded },
  { name: "postgresql", ignore: findPostgres() === undefined, create: createOnServer },
];

/** Registers `test` once for each kind of database, named after both. */
export function testOnDatabases(
  name: string,
  test: (kind: DatabaseKind) => Promise<void>,
): void {
  for (const kind of databaseKinds) {
    Deno.test({
      name: `${name} [${kind.name}]`,
      ignore: kind.ignore,
      // The shared server's process outlives a single test; it ends with the file.
      sanitizeResources: false,
      sanitizeOps: false,
      fn: () => test(kind),
    });
  }
}

/**
 * Runs `test` with an open, migrated database of each kind. A file's tests share it: each makes
 * people and conversations of its own.
 */
export function testWithDatabase(name: string, test: (database: Database) => Promise<void>): void {
  testOnDatabases(name, async (kind) => {
    let database = shared.get(kind.name);
    if (database === undefined) shared.set(kind.name, database = openShared(kind));
    await test(await database);
  });
}

const shared = new Map<string, Promise<Database>>();
const atEnd = new AsyncDisposableStack();
Deno.test.afterAll(() => atEnd.disposeAsync());

async function openShared(kind: DatabaseKind): Promise<Database> {
  const place = atEnd.use(await kind.create());
  const database = atEnd.use(await openDatabase(place.config));
  await migrate(database.sql);
  return database;
}

let server: Promise<PostgresServer> | undefined;

async function createOnServer(): Promise<TestDatabase> {
  server ??= startPostgres().then((started) => atEnd.use(started));
  const url = await (await server).createDatabase();
  return { config: { kind: "server", url }, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/**
 * Making an embedded database takes seconds and copying one does not, so all tests start from one
 * copy, made at the first use on this machine.
 */
const CACHE = new URL("../../node_modules/.cache", import.meta.url).pathname;
const TEMPLATE = `${CACHE}/parley-embedded`;

async function createEmbedded(): Promise<TestDatabase> {
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  await copyTemplate(directory);
  return {
    config: { kind: "embedded", directory },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** Puts a fresh embedded database's files into `directory`. */
export async function copyTemplate(directory: string): Promise<void> {
  try {
    await Deno.stat(TEMPLATE);
  } catch {
    const making = await Deno.makeTempDir({ prefix: "parley-template-" });
    await (await openDatabase({ kind: "embedded", directory: making }))[Symbol.asyncDispose]();
    await Deno.mkdir(CACHE, { recursive: true });
    const next = await Deno.makeTempDir({ dir: CACHE });
    await copy(`${making}/postgres`, next);
    // Another test process may have been first; either copy is as good.
    await Deno.rename(next, TEMPLATE).catch(() => Deno.remove(next, { recursive: true }));
    await Deno.remove(making, { recursive: true });
  }
  await copy(TEMPLATE, `${directory}/postgres`);
}

async function copy(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-R", `${from}/.`, to] }).output();
  if (!success) throw new Error(`cannot copy ${from} to ${to}`);
}
