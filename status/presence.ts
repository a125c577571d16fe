import type { Clock } from "../lib/clock.ts";
import {
  changeEntries,
  type Here,
  type Lease,
  type Leases,
  mostPresent,
  type PresenceEntry,
  readEntries,
  readLeases,
  type Versioned,
  writeLease,
} from "../lib/kv/presence.ts";
import type { Id, Presence as PresenceOf } from "../lib/protocol/model.ts";
import type { Timers } from "../lib/timers.ts";

/** How somebody is. Of two about the same person the one with the greater `version` is the later. */
export type Seen = PresenceOf & { version: string };

/** Knows who is there, on whatever node, and says for one node who is there. */
export interface Presence {
  /** One for each of `users`, in their order: `unknown` while the store is away. Never rejects. */
  read(users: readonly Id[]): Promise<Seen[]>;
  /**
   * Says how people are at this node; undefined: no longer there. Rejects while the store is away.
   * @returns those of them who are now seen otherwise than before
   */
  write(changes: ReadonlyMap<Id, Here | undefined>): Promise<Seen[]>;
  /** Keeps what this node said in force: to be called every few seconds. Rejects likewise. */
  renew(): Promise<Renewal>;
  /** What this node said is no longer in force. */
  end(): Promise<void>;
}

export type Renewal = {
  /** There was no lease in force: others may have dropped what this node said. */
  lapsed: boolean;
  /** Another node has come or gone since the last time. */
  othersChanged: boolean;
};

/** Milliseconds for which a lease lives: three renewals, so that one may be late and one lost. */
const LEASE = 15_000;
/** Milliseconds after which a store that does not answer counts as away. */
const READ_WITHIN = 2_000;

/** @param node the id of the node that this process is */
export function createPresence(parts: {
  kv: Deno.Kv;
  clock: Clock;
  timers: Timers;
  node: string;
}): Presence {
  const { kv, clock, timers, node } = parts;
  // A restart under the same id is another epoch, and what the last one said does not count.
  const epoch = crypto.randomUUID();
  let others = "";

  const write = (lease: Omit<Lease, "epoch">) => writeLease(kv, node, { epoch, ...lease });

  const readFrom = async (users: readonly Id[]): Promise<Seen[]> => {
    const [entries, leases] = await Promise.all([readEntries(kv, users), readLeases(kv)]);
    const now = clock.now();
    return users.map((user) => seen(user, entries.get(user), leases, now));
  };

  return {
    read: async (users) => {
      if (users.length === 0) return [];
      const late = Promise.withResolvers<undefined>();
      const callOff = timers.after(READ_WITHIN, () => late.resolve(undefined));
      const found = await Promise.race([readFrom(users).catch(() => undefined), late.promise]);
      callOff();
      return found ?? users.map(unknown);
    },
    write: async (changes) => {
      const leases = await readLeases(kv);
      const now = clock.now();
      const changed = await changeEntries(kv, [...changes.keys()], (user, entry) => {
        const state = changes.get(user);
        const { nodes, lastSeenAt } = withoutDead(entry, leases, now);
        if (state !== undefined) {
          return { nodes: { ...nodes, [node]: { epoch, state, at: now } }, lastSeenAt };
        }
        const { [node]: left, ...rest } = nodes;
        return { nodes: rest, lastSeenAt: left === undefined ? lastSeenAt : now };
      });
      return changed.flatMap(({ user, before, after }) => {
        const was = seen(user, before, leases, now);
        const is = seen(user, after, leases, now);
        return was.state === is.state && was.lastSeenAt === is.lastSeenAt ? [] : [is];
      });
    },
    renew: async () => {
      const leases = await readLeases(kv);
      const now = clock.now();
      const own = leases.get(node);
      await write({ renewedAt: now, expiresAt: now + LEASE });
      const before = others;
      others = [...leases].filter(([id, { expiresAt }]) => id !== node && expiresAt > now)
        .map(([id, lease]) => `${id} ${lease.epoch}`).sort().join();
      return {
        lapsed: own?.epoch !== epoch || own.expiresAt <= now,
        othersChanged: others !== before,
      };
    },
    end: async () => {
      const now = clock.now();
      await write({ renewedAt: now, expiresAt: now });
    },
  };
}

/** An entry with what counts of it; of the rest only when the person was seen last. */
function withoutDead(entry: PresenceEntry, leases: Leases, now: number): PresenceEntry {
  const nodes: PresenceEntry["nodes"] = {};
  let { lastSeenAt } = entry;
  for (const [id, said] of Object.entries(entry.nodes)) {
    const lease = leases.get(id);
    const same = lease?.epoch === said.epoch;
    if (same && lease.expiresAt > now) nodes[id] = said;
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

function unknown(user: Id): Seen {
  return { user, state: "unknown", lastSeenAt: null, version: "" };
}
