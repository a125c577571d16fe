import type { Lease } from "../lib/kv/leases.ts";

/**
 * Tickets that this status service made since the nodes last said how many sockets they hold, or a
 * burst would all go to whoever was the emptiest then. Each service counts its own: those of others
 * show in the next report, and as every service spreads its share evenly the sum is even as well.
 */
export interface Issued {
  /** A part of a ticket where a node has several isolates: any of them may get the client. */
  of(lease: Lease): number;
  add(isolates: readonly Lease[]): void;
  /** Forgets those of all other isolates. */
  keep(leases: readonly Lease[]): void;
}

export function createIssued(): Issued {
  /** By origin; `renewedAt` names the report. */
  const counts = new Map<string, { renewedAt: number; count: number }>();
  const of = ({ origin, renewedAt }: Lease) => {
    const known = counts.get(origin);
    return known?.renewedAt === renewedAt ? known.count : 0;
  };
  return {
    of,
    add: (isolates) => {
      for (const lease of isolates) {
        const { origin, renewedAt } = lease;
        counts.set(origin, { renewedAt, count: of(lease) + 1 / isolates.length });
      }
    },
    keep: (leases) => {
      if (counts.size <= leases.length) return;
      const kept = new Set(leases.map(({ origin }) => origin));
      for (const origin of counts.keys()) if (!kept.has(origin)) counts.delete(origin);
    },
  };
}
