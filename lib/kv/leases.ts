/**
 * What each chat node says of itself, below the prefix `leases`: it counts as long as the lease lives,
 * and a node that dies takes all it said with it.
 */
import { patiently } from "./patiently.ts";

/** One isolate of a node: those of a process share a port, and so an address. */
export type NodeReport = {
  /** Names this isolate alone. */
  origin: string;
  /** Random at each start, so that what a former life said does not count. */
  epoch: string;
  /** Greater in each report of an epoch: one that took longer on its way does not undo a later one. */
  number: number;
  /** The node that tickets are made for. */
  node: string;
  /** Its WebSocket address as clients reach it; null: that of the gate in its own process. */
  url: string | null;
  region: string;
  /** Sockets that it holds, and that it may hold. */
  connections: number;
  capacity: number;
  /** Its share where nodes are chosen by weight. */
  weight: number;
  /** Milliseconds by which its event loop is late. */
  delay: number;
  /** It takes nobody any more. */
  draining: boolean;
};

/** Times are milliseconds of the injected clock. */
export type Lease = NodeReport & { renewedAt: number; expiresAt: number };
/** By origin. */
export type Leases = ReadonlyMap<string, Lease>;

/** Kept for a while after its end: it says until when people were seen at a node that died. */
const KEPT = 24 * 3600 * 1000;

export async function readLeases(kv: Deno.Kv): Promise<Map<string, Lease>> {
  const found = new Map<string, Lease>();
  for await (const { value } of kv.list<Lease>({ prefix: ["leases"] })) {
    found.set(value.origin, value);
  }
  return found;
}

/** Whether `one` was said after `other`, in whatever order they were heard. */
export function isLater(one: Lease, other: Lease): boolean {
  return one.epoch === other.epoch && one.number !== other.number
    ? one.number > other.number
    : one.renewedAt > other.renewedAt;
}

/** Unless a later one is there: whoever gave this write up may have said something else since. */
export async function writeLease(kv: Deno.Kv, lease: Lease): Promise<void> {
  const key = ["leases", lease.origin];
  await patiently(async () => {
    while (true) {
      const stored = await kv.get<Lease>(key);
      if (stored.value !== null && isLater(stored.value, lease)) return;
      const written = await kv.atomic().check(stored).set(key, lease, { expireIn: KEPT }).commit();
      if (written.ok) return;
    }
  });
}
