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

/** What a machine has to tell the time by, in milliseconds. */
export type Machine = {
  /** Its clock, which somebody may set. */
  wall(): number;
  /** What passes, from whatever moment on: nobody can set it, and it may stand still in a machine's sleep. */
  steady(): number;
};

const thisMachine: Machine = { wall: () => Date.now(), steady: () => performance.now() };

/** How far the database's clock is ahead of what is steady here, in milliseconds, and how surely. */
export type Offset = { readonly ms: number; readonly doubt: number };

const MEASURE_EVERY = 60_000;
/** Milliseconds between two looks whether this machine's clock was set, or the machine slept. */
const LOOK_EVERY = 1_000;
/** Milliseconds by which its clock then differs from what has passed. */
const STEP = 500;
/** Measurements of one look: the quickest round trip says the most. */
const MEASURED_AT_ONCE = 5;
/** Milliseconds by which two clocks may drift apart in a minute. */
const DRIFT = 5;
/** Milliseconds from which on an operator should know; and below which it is well again. */
const OFF = 5_000;
const WELL = 4_000;

/**
 * The database's clock, by an offset measured now and every minute: every node judges expiries
 * alike, and a machine that is minutes off breaks nothing. Nor does it when somebody sets its clock,
 * or what lives by the time would all be over at once: the offset is to something that nobody can set.
 */
export async function openDatabaseClock(
  sql: Sql,
  log: Pick<Log, "info" | "warn">,
  timers: Timers = realTimers,
  machine: Machine = thisMachine,
): Promise<DatabaseClock> {
  let offset = await measureBest(sql, machine);
  let notice: string | undefined;
  const now = () => Math.round(machine.steady() + offset.ms);
  const judge = () => {
    const wasOff = notice !== undefined;
    notice = noticeOf(now() - machine.wall(), wasOff);
    if (notice !== undefined && !wasOff) log.warn("clock.off", { notice });
    if (notice === undefined && wasOff) log.info("clock.right");
  };
  judge();
  let measuring = false;
  const measureAgain = () => {
    if (measuring) return;
    measuring = true;
    // An unreachable database is reported by those who need it; the last offset stays good.
    measureBest(sql, machine).then((measured) => {
      offset = moreLikely(offset, measured);
      judge();
    }, () => {}).finally(() => measuring = false);
  };
  const apart = () => machine.wall() - machine.steady();
  let known = apart();
  const resources = new DisposableStack();
  resources.use(every(timers, MEASURE_EVERY, measureAgain));
  resources.use(every(timers, LOOK_EVERY, () => {
    const step = Math.abs(apart() - known);
    known = apart();
    if (step >= STEP) measureAgain();
  }));
  return {
    now,
    notice: () => notice,
    [Symbol.dispose]: () => resources.dispose(),
  };
}

/**
 * What to believe after another measurement. The truth is within its doubt: so a slow round trip, which
 * is far off at worst, is believed only where it contradicts what was known: then the database's clock was set, or this
 * machine slept.
 */
export function moreLikely(known: Offset, measured: Offset): Offset {
  const doubt = known.doubt + DRIFT;
  const contradicts = Math.abs(measured.ms - known.ms) > measured.doubt + doubt;
  return contradicts || measured.doubt <= doubt ? measured : { ms: known.ms, doubt };
}

async function measureBest(sql: Sql, machine: Machine): Promise<Offset> {
  let best = await measure(sql, machine);
  for (let count = 1; count < MEASURED_AT_ONCE; count++) {
    const next = await measure(sql, machine);
    if (next.doubt < best.doubt) best = next;
  }
  return best;
}

async function measure(sql: Sql, { steady }: Machine): Promise<Offset> {
  const before = steady();
  const [row] = await sql<{ ms: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
  if (row === undefined) throw new Error("the database does not say what time it is");
  const after = steady();
  const doubt = (after - before) / 2;
  return { ms: row.ms - (after - doubt), doubt };
}

function noticeOf(ms: number, wasOff: boolean): string | undefined {
  if (Math.abs(ms) < (wasOff ? WELL : OFF)) return undefined;
  const seconds = Math.round(Math.abs(ms) / 1000);
  const way = ms < 0 ? "ahead of" : "behind";
  return `this machine's clock is ${seconds} s ${way} the database's, which is the one that counts; ` +
    "let NTP set it";
}
