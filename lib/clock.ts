import type { Sql } from "./sql/open.ts";

/** Milliseconds since 1970, by one agreed clock. Injected everywhere, so that tests can hold it. */
export interface Clock {
  now(): number;
}

export interface DatabaseClock extends Clock, Disposable {}

const MEASURE_EVERY_MS = 60_000;

/**
 * The database's clock, by an offset measured now and every minute: every node judges expiries
 * alike, and a machine that is minutes off breaks nothing.
 */
export async function openDatabaseClock(sql: Sql): Promise<DatabaseClock> {
  let offset = await measureOffset(sql);
  const timer = setInterval(() => {
    // An unreachable database is reported by those who need it; the last offset stays good.
    measureOffset(sql).then((measured) => offset = measured, () => {});
  }, MEASURE_EVERY_MS);
  Deno.unrefTimer(timer);
  return {
    now: () => Date.now() + offset,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function measureOffset(sql: Sql): Promise<number> {
  const before = Date.now();
  const [row] = await sql<{ ms: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
  const after = Date.now();
  return row === undefined ? 0 : Math.round(row.ms - (before + after) / 2);
}
