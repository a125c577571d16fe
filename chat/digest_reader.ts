import type { DigestEnvelope } from "../lib/bus/bus.ts";
import type { Clock } from "../lib/clock.ts";
import type { Id } from "../lib/protocol/model.ts";
import { DIGEST_EVERY } from "../lib/bus/announcer.ts";

/** Digests that may fail to come before an origin counts as silent. */
const MISSED = 3;
/** Milliseconds between two looks at the database while an origin stays silent. */
const RECHECK_EVERY = 5_000;
/** Milliseconds of silence after which an origin is taken for gone, and not asked about any more. */
const GONE_AFTER = 20_000;
/** Milliseconds for which it is remembered all the same, in case only the bus was gone. */
const FORGET_AFTER = 60 * 60_000;
/** Milliseconds that an origin heard for the first time may have been publishing before. */
const FIRST_CONTACT = 15 * 60_000;
/** Milliseconds for which a digest may still mention what came through. */
const MENTIONED = 20_000;

export type Loss =
  /** These conversations are ahead of what came through. */
  | { behind: Id[] }
  /** Anything may have been lost in the last `seconds`. */
  | { since: number };

/** Notices losses on the bus by the other nodes' digests. */
export interface DigestReader {
  /** A change of `conversation` came through. */
  heard(conversation: Id, rev: number): void;
  digest(digest: DigestEnvelope): Loss | undefined;
  /** To be called about once a second: a digest that does not come says something too. */
  tick(): Loss | undefined;
  /** Forgets what came through: the log is another one, and a revision that was heard is not had. */
  forget(): void;
}

type Origin = { epoch: string; number: number; seenAt: number; checkedAt: number };

export function createDigestReader(clock: Clock, ownOrigin: string): DigestReader {
  const origins = new Map<string, Origin>();
  // Two generations, so that what no digest will mention again is forgotten.
  let recent = new Map<Id, number>();
  let older = new Map<Id, number>();
  let rotatedAt = clock.now();

  const heardRev = (conversation: Id) =>
    Math.max(recent.get(conversation) ?? 0, older.get(conversation) ?? 0);

  return {
    forget: () => {
      recent = new Map();
      older = new Map();
    },
    heard: (conversation, rev) => {
      if ((recent.get(conversation) ?? 0) < rev) recent.set(conversation, rev);
    },
    digest: ({ origin, epoch, number, revs }) => {
      // What this node says to itself does not pass through anything that could lose it.
      if (origin === ownOrigin) return undefined;
      const now = clock.now();
      const known = origins.get(origin);
      origins.set(origin, { epoch, number, seenAt: now, checkedAt: now });
      if (known === undefined || known.epoch !== epoch || known.number + 1 !== number) {
        // A restarted origin may have published something in its last second that nobody counted.
        return { since: secondsSince(known?.seenAt ?? now - FIRST_CONTACT, now) };
      }
      const behind = revs.filter(([conversation, rev]) => heardRev(conversation) < rev);
      return behind.length === 0
        ? undefined
        : { behind: behind.map(([conversation]) => conversation) };
    },
    tick: () => {
      const now = clock.now();
      if (now - rotatedAt > MENTIONED) {
        older = recent;
        recent = new Map();
        rotatedAt = now;
      }
      let since = 0;
      for (const [name, origin] of origins) {
        const silent = now - origin.seenAt;
        if (silent < (MISSED + 0.5) * DIGEST_EVERY) continue;
        if (silent > FORGET_AFTER) origins.delete(name);
        if (silent > GONE_AFTER) continue;
        const first = origin.checkedAt === origin.seenAt;
        if (first || now - origin.checkedAt >= RECHECK_EVERY) {
          origin.checkedAt = now;
          since = Math.max(since, secondsSince(origin.seenAt, now));
        }
      }
      return since > 0 ? { since } : undefined;
    },
  };
}

/** With some to spare: a commit takes its time before it is published. */
function secondsSince(then: number, now: number): number {
  return Math.ceil((now - then) / 1000) + 30;
}
