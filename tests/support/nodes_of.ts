import type { Lease, NodeReport } from "../../lib/kv/leases.ts";
import { createReport } from "./speaking_node.ts";

/** A lease in force. */
export function leaseOf(change: Partial<NodeReport> & { node: string }): Lease {
  return { ...createReport(change), renewedAt: 1, expiresAt: 15_001 };
}

/** The share that went to each name. */
export function sharesOf(names: Iterable<string | undefined>): Record<string, number> {
  const shares: Record<string, number> = {};
  let all = 0;
  for (const name of names) {
    shares[name ?? "nowhere"] = (shares[name ?? "nowhere"] ?? 0) + 1;
    all++;
  }
  for (const name of Object.keys(shares)) shares[name] = (shares[name] ?? 0) / all;
  return shares;
}
