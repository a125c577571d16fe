import type { Clock } from "../lib/clock.ts";
import type { Balance } from "../lib/config.ts";
import { AppError } from "../lib/errors.ts";
import type { NodeReport } from "../lib/kv/leases.ts";
import type { Timers } from "../lib/timers.ts";
import { candidatesOf, createBalancer } from "./balance.ts";
import { createDirectory } from "./directory.ts";
import { createIssued } from "./issued.ts";
import type { Store } from "./store.ts";

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
  /** Who else is there, always in the same order. */
  others: readonly Other[];
};

/** Another isolate, of whatever node, in one of its lives. */
export type Other = { origin: string; node: string; epoch: string };

/** Knows the chat nodes, and picks one for a client. */
export interface Nodes {
  /**
   * The node is there, and like this: to be said every few seconds. Rejects while the store is away,
   * because what is known of people cannot be relied on then; clients are sent there all the same.
   */
  renew(report: NodeReport): Promise<Renewal>;
  /** The node goes in good order: what it said is no longer in force. Rejects likewise. */
  leave(report: NodeReport): Promise<void>;
  /**
   * Undefined if no healthy node can take a client. Rejects where that cannot be said: the store is
   * away, and no node is known.
   */
  pick(wanted: Wanted): Promise<NodeAddress | undefined>;
}

/** Milliseconds for which a lease lives: three renewals, so that one may be late and one lost. */
export const LEASE = 15_000;

export function createNodes(parts: {
  store: Store;
  clock: Clock;
  timers: Timers;
  balance: Balance;
}): Nodes {
  const { clock, timers } = parts;
  const directory = createDirectory(parts);
  const issued = createIssued();
  const balancer = createBalancer(parts.balance, timers.random);
  return {
    renew: async (report) => {
      const now = clock.now();
      const stored = await directory.put({ ...report, renewedAt: now, expiresAt: now + LEASE });
      const own = stored.get(report.origin);
      const others = [...stored.values()]
        .filter(({ origin, expiresAt }) => origin !== report.origin && expiresAt > now)
        .map(({ origin, node, epoch }) => ({ origin, node, epoch }))
        .sort((a, b) => a.origin < b.origin ? -1 : 1);
      return { lapsed: own?.epoch !== report.epoch || own.expiresAt <= now, others };
    },
    leave: async (report) => {
      const now = clock.now();
      await directory.put({ ...report, renewedAt: now, expiresAt: now });
    },
    pick: async ({ exclude, region, address, here }) => {
      const leases = await directory.current();
      issued.keep(leases);
      balancer.keep(new Set(leases.map(({ node }) => node)));
      if (leases.length === 0 && parts.store.away) {
        throw new AppError("unavailable", "the store of chat nodes cannot be reached", {
          retryAfter: 2,
        });
      }
      const reachable = leases.filter(({ url, node }) => url !== null || node === here);
      const client = { exclude, region, address };
      const chosen = balancer.choose(candidatesOf(reachable, issued.of), client);
      if (chosen === undefined) return undefined;
      issued.add(chosen.isolates);
      return { id: chosen.id, url: chosen.url };
    },
  };
}
