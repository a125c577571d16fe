/**
 * Limits as a process asks them: it counts in its own memory and tells the others in lots what it
 * counted, so that hardly a request waits for a store, and people who ask little never write to one.
 * What matters most is asked exactly. Long, because both ways count in the same place.
 */
import type { Clock } from "../lib/clock.ts";
import { withoutDeadline } from "../lib/deadline.ts";
import { messageOf } from "../lib/errors.ts";
import { type Bucket, missing, take, type Taken } from "../lib/kv/buckets.ts";
import type { Log } from "../lib/log.ts";
import type { Timers } from "../lib/timers.ts";
import { createTurns } from "../lib/turns.ts";
import type { SharedLimits } from "./limits.ts";

export interface LocalLimits extends Disposable {
  /** One token from each of `buckets`, or from none: at once, by what this process knows. */
  take(buckets: readonly Bucket[]): Taken[];
  /** The same, counted for all processes together; where that takes too long, as above. Never rejects. */
  takeExactly(buckets: readonly Bucket[]): Promise<Taken[]>;
  /** One token back into each: it was not used. */
  giveBack(buckets: readonly Bucket[]): void;
}

/** Buckets that are known at a time; what nobody asked for lately is forgotten first. */
const KNOWN = 50_000;
/** The part of a bucket that one process may use before the others hear of it. */
const LOT = 1 / 10;
/** Buckets that are told of at a time, and milliseconds between two times. */
const TOLD_AT_A_TIME = 100;
const PAUSE = 250;
/** Milliseconds that somebody waits for an exact count; a person notices no more. */
const WITHIN = 200;
/** Milliseconds without asking after that, or after a failure: nobody else is to wait for nothing. */
const REST = 2_000;
/** Exact counts that are asked for at a time: more would only collide. */
const ASKING = 4;

type Known = {
  bucket: Bucket;
  /** Milliseconds of the clock at which it is full again. */
  fullAt: number;
  /** Tokens of which nobody else knows yet. */
  untold: number;
  /** Resolves when the store has back what was given back. */
  returned?: Promise<void>;
  /** Resolves when the store has counted, or will not count, what it was last asked or told of. */
  counted?: Promise<void>;
};

export function createLocalLimits(parts: {
  shared: SharedLimits;
  clock: Clock;
  timers: Timers;
  log: Log;
}): LocalLimits {
  const { shared, clock, timers, log } = parts;
  let recent = new Map<string, Known>();
  let older = new Map<string, Known>();
  const due = new Set<Known>();
  const asking = createTurns(ASKING);
  let restsUntil = -Infinity;
  let away = false;
  let telling = false;
  let ended = false;
  let callOff = () => {};

  const find = (bucket: Bucket): Known => {
    const name = bucket.key.join("\n");
    const found = recent.get(name) ?? older.get(name) ?? { bucket, fullAt: 0, untold: 0 };
    // By halves: to look for the oldest one each time would take long in a map that is full of gaps.
    if (recent.size >= KNOWN / 2) {
      older = recent;
      recent = new Map();
    }
    recent.set(name, found);
    return found;
  };

  /** Changes what is known to be gone. */
  const move = (each: Known, now: number, tokens: number) => {
    each.fullAt = now + missing(each.bucket, Math.max(0, each.fullAt - now), tokens);
  };

  /** Notes for the others. */
  const note = (each: Known, now: number) => {
    const { bucket, fullAt } = each;
    // What has come back in the meantime nobody has to hear of.
    const gone = Math.max(0, fullAt - now) / 1000 * bucket.perSecond;
    each.untold = Math.min(each.untold + 1, gone);
    if (each.untold >= Math.max(1, bucket.burst * LOT) && due.size < KNOWN) due.add(each);
  };

  const takeHere = (entries: readonly Known[], now: number): Taken[] => {
    const taken = entries.map(({ bucket, fullAt }): Taken => {
      const { remaining, wait, fullIn } = take(bucket, fullAt, now);
      return { remaining, wait, fullIn };
    });
    if (!isRefused(taken)) { for (const each of entries) move(each, now, 1); }
    return taken;
  };

  const answered = () => {
    if (away) log.info("limits.store-back");
    away = false;
  };
  const failed = (error: unknown) => {
    restsUntil = clock.now() + REST;
    if (!away && !ended) log.warn("limits.store-away", { error: messageOf(error) });
    away = true;
  };

  const tellAfter = (ms: number) => {
    if (ended) return;
    callOff = withoutDeadline(() =>
      timers.after(ms, () => {
        telling = false;
        tell();
      })
    );
  };

  const tell = () => {
    if (telling || ended || due.size === 0) return;
    telling = true;
    const rest = restsUntil - clock.now();
    if (rest > 0) return tellAfter(rest);
    const some = [...due].slice(0, TOLD_AT_A_TIME);
    const spent = some.map(({ bucket, untold }) => ({ bucket, tokens: untold }));
    for (const each of some) {
      due.delete(each);
      each.untold = 0;
    }
    // It goes on after the request that happened to begin it.
    const counted = withoutDeadline(() => shared.spend(spent)).then((fullIn) => {
      const now = clock.now();
      some.forEach((each, n) => each.fullAt = Math.max(each.fullAt, now + (fullIn[n] ?? 0)));
      answered();
      tellAfter(PAUSE);
    }, (error) => {
      some.forEach((each, n) => each.untold += spent[n]?.tokens ?? 0);
      for (const each of some) due.add(each);
      failed(error);
      tellAfter(REST);
    });
    for (const each of some) each.counted = counted;
  };

  type Back = { each: Known; tokens: number };

  /** What the store was not told of yet it need not hear of at all. Answers what is left. */
  const unnote = (back: readonly Back[]): Back[] =>
    back.map(({ each, tokens }) => {
      const here = Math.min(tokens, Math.max(0, each.untold));
      each.untold -= here;
      if (each.untold === 0) due.delete(each);
      return { each, tokens: tokens - here };
    }).filter(({ tokens }) => tokens > 0);

  const tellBack = async (back: readonly Back[]): Promise<void> => {
    if (back.length === 0) return;
    // Before it has counted them it would have nothing to give back.
    await Promise.all(back.map(({ each }) => each.counted));
    const rest = unnote(back);
    if (rest.length === 0) return;
    const spent = rest.map(({ each: { bucket }, tokens }) => ({ bucket, tokens: -tokens }));
    try {
      await withoutDeadline(() => shared.spend(spent));
    } catch {
      for (const { each, tokens } of rest) {
        each.untold -= tokens;
        if (due.size < KNOWN) due.add(each);
      }
      tell();
    }
  };

  return {
    take: (buckets) => {
      const now = clock.now();
      const entries = buckets.map(find);
      const taken = takeHere(entries, now);
      if (!isRefused(taken)) {
        for (const each of entries) note(each, now);
        tell();
      }
      return taken;
    },
    takeExactly: async (buckets) => {
      const now = clock.now();
      const entries = buckets.map(find);
      // Here as well, and first: so no more ask at a time than could all be let through, and whoever
      // was refused is refused again without asking.
      const here = takeHere(entries, now);
      if (isRefused(here)) return here;
      const noteAll = () => {
        for (const each of entries) note(each, now);
        tell();
      };
      if (now < restsUntil) {
        noteAll();
        return here;
      }
      let asked = false;
      let late = false;
      const question = asking.take(async () => {
        for (const { returned } of entries) await returned;
        if (late) throw new Error("nobody waits for it any more");
        asked = true;
        return await shared.take(buckets);
      });
      let taken: Taken[];
      try {
        taken = await inTime(timers, question);
      } catch (error) {
        failed(error);
        late = true;
        if (asked) {
          // It may still be counted there: to tell it as well would count it twice.
          const counted = question.then((taken) => isRefused(taken) && noteAll(), noteAll).then(
            () => {},
          );
          for (const each of entries) each.counted = counted;
        } else noteAll();
        return here;
      }
      answered();
      const later = clock.now();
      const refused = isRefused(taken);
      entries.forEach((each, n) => {
        if (refused) move(each, later, -1);
        each.fullAt = Math.max(each.fullAt, later + (taken[n]?.fullIn ?? 0));
      });
      return taken;
    },
    giveBack: (buckets) => {
      const now = clock.now();
      const entries = buckets.map(find);
      for (const each of entries) move(each, now, -1);
      const returned = tellBack(unnote(entries.map((each) => ({ each, tokens: 1 }))));
      for (const each of entries) each.returned = returned;
    },
    [Symbol.dispose]: () => {
      ended = true;
      callOff();
    },
  };
}

function isRefused(taken: readonly Taken[]): boolean {
  return taken.some(({ wait }) => wait > 0);
}

async function inTime<T>(timers: Timers, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const callOff = timers.after(WITHIN, () => reject(new Error("it did not answer in time")));
  try {
    return await Promise.race([work, late]);
  } finally {
    callOff();
  }
}
