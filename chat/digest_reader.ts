import type { DigestEnvelope } from "../lib/bus/bus.ts";
import type { Clock } from "../lib/clock.ts";
import type { Id } from "../lib/protocol/model.ts";
import { DIGEST_EVERY } from "../lib/bus/announcer.ts";

/** Digests that may fail to come before an origin counts as silent. */
const MISSED = 3;
/** Milliseconds between two looks at the database while an origin that is known to live stays silent. */
const RECHECK_EVERY = 5_000;
/** Of any other the looks become rarer: another one when it has been silent for so much longer. */
const RARER = 1 / 4;
/** Milliseconds for which such a one is remembered, in case only the bus was gone. */
const FORGET_AFTER = 60 * 60_000;
/** Milliseconds that an origin heard for the first time may have been publishing before. */
const FIRST_CONTACT = 15 * 60_000;
/** Milliseconds for which a digest may still mention what came through. */
const MENTIONED = 20_000;

/** `besides`: what is in no log may be lost as well, which heads do not show. */
export type Loss =
  & { besides?: boolean }
  & (
    /** These conversations are ahead of what came through. */
    | { behind: Id[] }
    /** Anything may have been lost from this moment on. */
    | { since: number }
  );

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

type Origin = {
  epoch: string;
  number: number;
  seenAt: number;
  /** When the database was asked instead; what is lost after that is lost since then. */
  checkedAt: number;
  leased: boolean;
};

/** @param isLeased whether an origin is known to live, however silent it is */
export function createDigestReader(
  clock: Clock,
  ownOrigin: string,
  isLeased: (origin: string) => boolean,
): DigestReader {
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
      origins.set(origin, { epoch, number, seenAt: now, checkedAt: now, leased: false });
      if (known === undefined || known.epoch !== epoch || known.number + 1 !== number) {
        // A restarted origin may have published something in its last second that nobody counted.
        return { since: known?.checkedAt ?? now - FIRST_CONTACT, besides: true };
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
      let since = Infinity;
      let besides = false;
      for (const [name, origin] of origins) {
        const silent = now - origin.seenAt;
        if (silent < (MISSED + 0.5) * DIGEST_EVERY) continue;
        const leased = isLeased(name);
        if (silent > FORGET_AFTER && !leased) origins.delete(name);
        const first = origin.checkedAt === origin.seenAt;
        // Whoever lost its lease will not come back to say what else it had published.
        const over = origin.leased && !leased;
        const pause = leased ? RECHECK_EVERY : Math.max(RECHECK_EVERY, silent * RARER);
        if (!first && !over && now - origin.checkedAt < pause) continue;
        since = Math.min(since, origin.checkedAt);
        besides ||= first || over;
        origin.checkedAt = now;
        origin.leased = leased;
      }
      return since < Infinity ? { since, besides } : undefined;
    },
  };
}
