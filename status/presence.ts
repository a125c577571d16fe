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
import type { Timers } from "../lib/timers.ts";

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

/** Milliseconds after which a store that does not answer counts as away. */
const READ_WITHIN = 2_000;

export function createPresence(
  { kv, clock, timers }: { kv: Deno.Kv; clock: Clock; timers: Timers },
): Presence {
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
    write: async ({ origin, epoch }, changes) => {
      const leases = await readLeases(kv);
      const now = clock.now();
      const changed = await changeEntries(kv, [...changes.keys()], (user, entry) => {
        const state = changes.get(user);
        const { nodes, lastSeenAt } = withoutDead(entry, leases, now);
        if (state !== undefined) {
          return { nodes: { ...nodes, [origin]: { epoch, state, at: now } }, lastSeenAt };
        }
        const { [origin]: left, ...rest } = nodes;
        return { nodes: rest, lastSeenAt: left === undefined ? lastSeenAt : now };
      });
      return changed.flatMap(({ user, before, after }) => {
        const was = seen(user, before, leases, now);
        const is = seen(user, after, leases, now);
        return was.state === is.state && was.lastSeenAt === is.lastSeenAt ? [] : [is];
      });
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

function unknown(user: Id): Seen {
  return { user, state: "unknown", lastSeenAt: null, version: "" };
}
