import type { Clock } from "../lib/clock.ts";
import { isLater, type Lease, type Leases, readLeases, writeLease } from "../lib/kv/leases.ts";
import type { Store } from "./store.ts";

/**
 * The nodes' leases as this status service knows them: those of the store, and what nodes said to
 * this service itself, which counts also while the store is away.
 */
export interface Directory {
  /** The leases in force, at most about a second old; older only while the store is away. */
  current(): Promise<Lease[]>;
  /**
   * Counts from this moment on, even if it rejects because the store is away.
   * @returns what was stored before
   */
  put(lease: Lease): Promise<Leases>;
}

/** Milliseconds for which what was read is taken for what is. */
const FRESH = 1_000;

export function createDirectory({ store, clock }: { store: Store; clock: Clock }): Directory {
  let stored: Leases = new Map();
  let readAt = -Infinity;
  let triedAt = -Infinity;
  let reading: Promise<void> | undefined;
  /** What nodes said here and no read has shown since. */
  const heard = new Map<string, { lease: Lease; saved: boolean }>();

  const read = async (): Promise<Leases> => {
    // A read shows what was saved before it began.
    const saved = new Set([...heard.values()].filter((said) => said.saved));
    const found = await store.ask(readLeases);
    stored = found;
    readAt = clock.now();
    for (const [origin, said] of heard) {
      const other = found.get(origin);
      const isOver = said.lease.expiresAt <= readAt && (other?.expiresAt ?? 0) <= readAt;
      if (saved.has(said) || isOver) heard.delete(origin);
    }
    return found;
  };

  const isRecent = (at: number) => Math.abs(clock.now() - at) < FRESH;

  /** One read for all who ask meanwhile, and one attempt a second while the store is away. */
  const refresh = () => {
    if (reading !== undefined || isRecent(triedAt)) return;
    triedAt = clock.now();
    reading = read().then(() => {}, () => {}).finally(() => reading = undefined);
  };

  return {
    current: async () => {
      if (!isRecent(readAt)) {
        refresh();
        // Clients do not wait for a store that is known to be away.
        if (!store.away) await reading;
      }
      const all = new Map(stored);
      for (const [origin, { lease }] of heard) {
        // Unless the node has turned to another status service since.
        const other = all.get(origin);
        if (other === undefined || !isLater(other, lease)) all.set(origin, lease);
      }
      const now = clock.now();
      return [...all.values()].filter((lease) => {
        // While the store is away nobody can renew what it holds, and that counts on.
        const held = store.away && heard.get(lease.origin)?.saved !== false;
        return lease.expiresAt > (held ? Math.max(readAt, lease.renewedAt) : now);
      });
    },
    put: async (lease) => {
      const said = { lease, saved: false };
      const known = heard.get(lease.origin);
      // One that took longer on its way than what was said after it.
      if (known === undefined || !isLater(known.lease, lease)) heard.set(lease.origin, said);
      const before = await read();
      await store.change((kv) => writeLease(kv, lease));
      said.saved = true;
      return before;
    },
  };
}
