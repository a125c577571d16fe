import { chunks } from "../lib/chunks.ts";
import type { Clock } from "../lib/clock.ts";
import { type Leases, readLeases } from "../lib/kv/leases.ts";
import {
  changeEntries,
  type Here,
  mostPresent,
  type PresenceEntry,
  readEntries,
  type Versioned,
} from "../lib/kv/presence.ts";
import type { Id, Presence as PresenceOf } from "../lib/protocol/model.ts";
import type { Store } from "./store.ts";

/** How somebody is. Of two about the same person the one with the greater `version` is the later. */
export type Seen = PresenceOf & { version: string };

/** The isolate of a node that says how people are, in one of its lives. */
export type Speaker = { origin: string; epoch: string };

/** Knows who is there, on whatever node. */
export interface Presence {
  /** One for each of `users`, in their order: `unknown` while the store is away. Never rejects. */
  read(users: readonly Id[]): Promise<Seen[]>;
  /**
   * Says how people are at a node; undefined: no longer there. Rejects while the store is away.
   * @returns those of them who are now seen otherwise than before
   */
  write(by: Speaker, changes: ReadonlyMap<Id, Here | undefined>): Promise<Seen[]>;
}

/** People in one question to the store, which has a bound to answer it. */
const AT_A_TIME = 1_000;

export function createPresence({ store, clock }: { store: Store; clock: Clock }): Presence {
  const writeSome = (
    { origin, epoch }: Speaker,
    changes: ReadonlyMap<Id, Here | undefined>,
    users: readonly Id[],
  ) =>
    store.change(async (kv, signal) => {
      const leases = await readLeases(kv);
      const now = clock.now();
      const change = (user: Id, entry: PresenceEntry): PresenceEntry => {
        // Somebody else's word by now: what was given up here may have been said again.
        signal.throwIfAborted();
        const state = changes.get(user);
        const { nodes, lastSeenAt } = withoutDead(entry, leases, now);
        if (state !== undefined) {
          return { nodes: { ...nodes, [origin]: { epoch, state, at: now } }, lastSeenAt };
        }
        const { [origin]: left, ...rest } = nodes;
        return { nodes: rest, lastSeenAt: left === undefined ? lastSeenAt : now };
      };
      return (await changeEntries(kv, users, change)).flatMap(({ user, before, after }) => {
        const was = seen(user, before, leases, now);
        const is = seen(user, after, leases, now);
        return was.state === is.state && was.lastSeenAt === is.lastSeenAt ? [] : [is];
      });
    });

  const readSome = (users: readonly Id[]) =>
    store.ask(async (kv) => {
      const [entries, leases] = await Promise.all([readEntries(kv, users), readLeases(kv)]);
      const now = clock.now();
      return users.map((user) => seen(user, entries.get(user), leases, now));
    });

  return {
    read: async (users) => {
      // Who has come and gone since could not be written down.
      if (store.stale) return users.map(unknown);
      const found: Seen[] = [];
      try {
        for (const some of chunks(users, AT_A_TIME)) found.push(...await readSome(some));
        return found;
      } catch {
        // The store has said so in the log; of the rest nothing is known.
        return [...found, ...users.slice(found.length).map(unknown)];
      }
    },
    write: async (by, changes) => {
      const told: Seen[] = [];
      for (const some of chunks([...changes.keys()], AT_A_TIME)) {
        told.push(...await writeSome(by, changes, some));
      }
      return told;
    },
  };
}

/** An entry with what counts of it; of the rest only when the person was seen last. */
function withoutDead(entry: PresenceEntry, leases: Leases, now: number): PresenceEntry {
  const nodes: PresenceEntry["nodes"] = {};
  let { lastSeenAt } = entry;
  for (const [origin, said] of Object.entries(entry.nodes)) {
    const lease = leases.get(origin);
    const same = lease?.epoch === said.epoch;
    if (same && lease.expiresAt > now) nodes[origin] = said;
    else lastSeenAt = Math.max(lastSeenAt ?? 0, same ? lease.renewedAt : said.at);
  }
  return { nodes, lastSeenAt };
}

function seen(
  user: Id,
  versioned: Versioned | undefined,
  leases: Leases,
  now: number,
): Seen {
  if (versioned === undefined) return unknown(user);
  const { nodes, lastSeenAt } = withoutDead(versioned.entry, leases, now);
  const state = mostPresent(Object.values(nodes).map((said) => said.state)) ?? "offline";
  const since = state === "offline" && lastSeenAt !== null
    ? new Date(lastSeenAt).toISOString()
    : null;
  return { user, state, lastSeenAt: since, version: versioned.version };
}

/** How somebody is of whom nothing is known. */
export function unknown(user: Id): Seen {
  return { user, state: "unknown", lastSeenAt: null, version: "" };
}
