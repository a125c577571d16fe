import type { Log } from "./log.ts";
import type { Sql } from "./sql/open.ts";
import { every, realTimers, type Timers } from "./timers.ts";

/** Milliseconds since 1970, by one agreed clock. Injected everywhere, so that tests can hold it. */
export interface Clock {
  now(): number;
}

export interface DatabaseClock extends Clock, Disposable {
  /** By how much this machine's own clock is off, and what to do; undefined where it is right. */
  notice(): string | undefined;
}

/** How far the database's clock is ahead of this machine's, in milliseconds, and how surely. */
export type Offset = { readonly ms: number; readonly doubt: number };

const MEASURE_EVERY = 60_000;
/** Measurements of one look: the quickest round trip says the most. */
const MEASURED_AT_ONCE = 5;
/** Milliseconds by which two clocks may drift apart in a minute. */
const DRIFT = 5;
/** Milliseconds from which on an operator should know; and below which it is well again. */
const OFF = 5_000;
const WELL = 4_000;

/**
 * The database's clock, by an offset measured now and every minute: every node judges expiries
 * alike, and a machine that is minutes off breaks nothing.
 */
export async function openDatabaseClock(
  sql: Sql,
  log: Pick<Log, "info" | "warn">,
  timers: Timers = realTimers,
): Promise<DatabaseClock> {
  let offset = await measureBest(sql);
  let notice: string | undefined;
  const judge = () => {
    const wasOff = notice !== undefined;
    notice = noticeOf(offset.ms, wasOff);
    if (notice !== undefined && !wasOff) log.warn("clock.off", { notice });
    if (notice === undefined && wasOff) log.info("clock.right");
  };
  judge();
  const measuring = every(timers, MEASURE_EVERY, () => {
    // An unreachable database is reported by those who need it; the last offset stays good.
    measureBest(sql).then((measured) => {
      offset = moreLikely(offset, measured);
      judge();
    }, () => {});
  });
  return {
    now: () => Date.now() + offset.ms,
    notice: () => notice,
    [Symbol.dispose]: () => measuring[Symbol.dispose](),
  };
}

/**
 * What to believe after another measurement. The truth is within its doubt: so a slow round trip, which
 * is far off at worst, is believed only where it contradicts what was known, and then a clock was set.
 */
export function moreLikely(known: Offset, measured: Offset): Offset {
  const doubt = known.doubt + DRIFT;
  const contradicts = Math.abs(measured.ms - known.ms) > measured.doubt + doubt;
  return contradicts || measured.doubt <= doubt ? measured : { ms: known.ms, doubt };
}

async function measureBest(sql: Sql): Promise<Offset> {
  let best = await measure(sql);
  for (let count = 1; count < MEASURED_AT_ONCE; count++) {
    const next = await measure(sql);
    if (next.doubt < best.doubt) best = next;
  }
  return best;
}

async function measure(sql: Sql): Promise<Offset> {
  const before = performance.now();
  const [row] = await sql<{ ms: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
  const after = Date.now();
  const doubt = (performance.now() - before) / 2;
  return { ms: row === undefined ? 0 : Math.round(row.ms - (after - doubt)), doubt };
}

function noticeOf(ms: number, wasOff: boolean): string | undefined {
  if (Math.abs(ms) < (wasOff ? WELL : OFF)) return undefined;
  const seconds = Math.round(Math.abs(ms) / 1000);
  const way = ms < 0 ? "ahead of" : "behind";
  return `this machine's clock is ${seconds} s ${way} the database's, which is the one that counts; ` +
    "let NTP set it";
}
