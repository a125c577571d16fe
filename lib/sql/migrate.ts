import { messageOf, StartError } from "../errors.ts";
import type { Queries, Sql } from "./open.ts";

/** Any number: it only has to be the same in every Parley server. */
const MIGRATION_LOCK = 0x7061726c;

type Migration = { version: number; name: string; text: string };

/**
 * Brings the schema up to date: each file of `migrations/` once, in order, in one transaction.
 * Servers that start together wait for one another. A schema newer than this code is refused. Where
 * nothing is to be done a role is enough that may not change the schema.
 * @returns how many migrations ran
 */
export async function migrate(sql: Sql): Promise<number> {
  const migrations = await readMigrations();
  return await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    const current = await readVersion(tx);
    const newest = migrations.at(-1)?.version ?? 0;
    if (current > newest) {
      throw new StartError(
        `the database's schema is version ${current}, this server knows ${newest}: update the server`,
      );
    }
    const pending = migrations.filter((migration) => migration.version > current);
    for (const { version, name, text } of pending) {
      try {
        await tx.unsafe(text);
      } catch (error) {
        throw new StartError(`migration ${name} failed: ${messageOf(error)}`);
      }
      await tx`insert into schema_migrations (version, name) values (${version}, ${name})`;
    }
    return pending.length;
  });
}

/** 0 for an empty database, which gets the table that says so. */
async function readVersion(tx: Queries): Promise<number> {
  // Not `create … if not exists`, which wants the right to create even where the table is there.
  const [place] = await tx<{ table: string | null }[]>`
    select to_regclass('schema_migrations')::text as table`;
  if (place?.table == null) {
    await tx`create table schema_migrations (
      version int primary key, name text not null, applied_at timestamptz not null default now())`;
  }
  const [row] = await tx<{ version: number | null }[]>`
    select max(version) as version from schema_migrations`;
  return row?.version ?? 0;
}

async function readMigrations(): Promise<Migration[]> {
  const folder = new URL("./migrations/", import.meta.url);
  const migrations: Migration[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const version = Number(/^(\d{4})_\w+\.sql$/.exec(name)?.[1]);
    if (!version) throw new Error(`${name} is not named like 0001_what_it_does.sql`);
    migrations.push({ version, name, text: await Deno.readTextFile(new URL(name, folder)) });
  }
  return migrations.sort((a, b) => a.version - b.version);
}
