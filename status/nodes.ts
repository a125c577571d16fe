import type { Clock } from "../lib/clock.ts";
import { type NodeReport, readLeases, writeLease } from "../lib/kv/leases.ts";
import type { Timers } from "../lib/timers.ts";

/** A chat node that clients can be sent to. */
export type NodeAddress = {
  id: string;
  /** Its WebSocket address as clients reach it; null: the address that they ask at. */
  url: string | null;
};

export type Wanted = {
  /** Ids of nodes that the client has just lost, or could not reach. */
  exclude: readonly string[];
  /** The caller's region: its nodes come first. */
  region: string;
  /** The client's network address. */
  address: string;
  /** The node in the caller's own process, if there is one. */
  here: string | null;
};

export type Renewal = {
  /** There was no lease in force: others may have dropped what this node said. */
  lapsed: boolean;
  /** Who else is there: another text when somebody came or went. */
  others: string;
};

/** Knows the chat nodes, and picks one for a client. */
export interface Nodes {
  /** The node is there, and like this: to be said every few seconds. Rejects while the store is away. */
  renew(report: NodeReport): Promise<Renewal>;
  /** The node goes in good order: what it said is no longer in force. Rejects likewise. */
  leave(report: NodeReport): Promise<void>;
  /** Undefined if no healthy node can take a client. */
  pick(wanted: Wanted): Promise<NodeAddress | undefined>;
}

/** Milliseconds for which a lease lives: three renewals, so that one may be late and one lost. */
export const LEASE = 15_000;

export function createNodes(parts: { kv: Deno.Kv; clock: Clock; timers: Timers }): Nodes {
  const { kv, clock } = parts;
  return {
    renew: async (report) => {
      const leases = await readLeases(kv);
      const now = clock.now();
      const own = leases.get(report.origin);
      await writeLease(kv, { ...report, renewedAt: now, expiresAt: now + LEASE });
      const others = [...leases.values()]
        .filter(({ origin, expiresAt }) => origin !== report.origin && expiresAt > now)
        .map(({ origin, epoch }) => `${origin} ${epoch}`).sort().join();
      return { lapsed: own?.epoch !== report.epoch || own.expiresAt <= now, others };
    },
    leave: async (report) => {
      const now = clock.now();
      await writeLease(kv, { ...report, renewedAt: now, expiresAt: now });
    },
    pick: async ({ exclude, here }) => {
      const now = clock.now();
      const alive = [...(await readLeases(kv)).values()].filter((lease) =>
        lease.expiresAt > now && (lease.url !== null || lease.node === here)
      );
      // A client that excludes the only node has just lost it: it is the one to come back to.
      const one = alive.find(({ node }) => !exclude.includes(node)) ?? alive[0];
      return one && { id: one.node, url: one.url };
    },
  };
}
