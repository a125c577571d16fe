/**
 * How people are, below the prefix `presence`. An entry counts only as long as the lease of the node
 * that said it lives: for a node that dies nobody has to write a thing.
 */
import { chunks } from "../chunks.ts";
import type { Id } from "../protocol/model.ts";
import { patiently } from "./patiently.ts";

/** How somebody is at a node where they are connected. */
export type Here = "online" | "away" | "busy";

/** Several devices of a person count as one: whoever is busy anywhere does not want to be disturbed. */
export function mostPresent(states: readonly Here[]): Here | undefined {
  return (["busy", "online", "away"] as const).find((state) => states.includes(state));
}

/** Times are milliseconds of the injected clock. */
export type PresenceEntry = {
  /** By the origin that says so. */
  nodes: Record<string, { epoch: string; state: Here; at: number }>;
  /** When the person was last at a node that has said goodbye for them. */
  lastSeenAt: number | null;
};

/** An entry, and a text that is greater for a later one. */
export type Versioned = { entry: PresenceEntry; version: string };

/** Keys that the store reads at a time, and writes that it checks at a time. */
const READ_AT_A_TIME = 10;
const WRITTEN_AT_A_TIME = 100;
/** Times that a batch is written again because another node was quicker. */
const MAX_COLLISIONS = 20;

/** Of somebody who was never there; `version` is before every other. */
const NOBODY: Versioned = { entry: { nodes: {}, lastSeenAt: null }, version: "0" };

export async function readEntries(
  kv: Deno.Kv,
  users: readonly Id[],
): Promise<Map<Id, Versioned>> {
  const found = new Map<Id, Versioned>();
  await Promise.all(
    chunks(users, READ_AT_A_TIME).map(async (some) => {
      const entries = await kv.getMany<PresenceEntry[]>(some.map(place));
      entries.forEach(({ value, versionstamp }, index) => {
        const user = some[index];
        if (user === undefined) return;
        found.set(user, value === null ? NOBODY : { entry: value, version: versionstamp });
      });
    }),
  );
  return found;
}

/**
 * Puts what `change` makes of each entry in its place, a hundred in one write.
 * @returns each as it was and as it is
 */
export async function changeEntries(
  kv: Deno.Kv,
  users: readonly Id[],
  change: (user: Id, entry: PresenceEntry) => PresenceEntry,
): Promise<{ user: Id; before: Versioned; after: Versioned }[]> {
  const done = [];
  for (const some of chunks(users, WRITTEN_AT_A_TIME)) {
    done.push(...await changeTogether(kv, some, change));
  }
  return done;
}

async function changeTogether(
  kv: Deno.Kv,
  users: readonly Id[],
  change: (user: Id, entry: PresenceEntry) => PresenceEntry,
): Promise<{ user: Id; before: Versioned; after: Versioned }[]> {
  for (let tries = 0; tries < MAX_COLLISIONS; tries++) {
    const found = await readEntries(kv, users);
    const write = kv.atomic();
    const changed = users.map((user) => {
      const before = found.get(user) ?? NOBODY;
      const versionstamp = before.version === NOBODY.version ? null : before.version;
      const entry = change(user, before.entry);
      write.check({ key: place(user), versionstamp }).set(place(user), entry);
      return { user, before, entry };
    });
    const written = await patiently(() => write.commit());
    if (!written.ok) continue;
    const version = written.versionstamp;
    return changed.map(({ user, before, entry }) => ({ user, before, after: { entry, version } }));
  }
  throw new Error("other nodes changed the same people's presence again and again");
}

function place(user: Id): Deno.KvKey {
  return ["presence", user];
}
