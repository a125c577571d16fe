import type { Here } from "../../lib/kv/presence.ts";
import type { NodeReport } from "../../lib/kv/leases.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Renewal } from "../../status/nodes.ts";
import type { Seen } from "../../status/presence.ts";
import type { Status } from "../../status/service.ts";

/** A node in one of its lives, as the status service hears it. */
export interface SpeakingNode {
  readonly report: NodeReport;
  read(users: readonly Id[]): Promise<Seen[]>;
  write(changes: ReadonlyMap<Id, Here | undefined>): Promise<Seen[]>;
  renew(change?: Partial<NodeReport>): Promise<Renewal>;
  end(): Promise<void>;
}

export function createSpeakingNode({ nodes, presence }: Status, node: string): SpeakingNode {
  const report = createReport({ origin: node, node });
  return {
    report,
    read: presence.read,
    write: (changes) => presence.write(report, changes),
    renew: (change) => nodes.renew({ ...report, ...change }),
    end: () => nodes.leave(report),
  };
}

/** What a node says of itself when nothing is going on. */
export function createReport(change: Partial<NodeReport> & { node: string }): NodeReport {
  return {
    origin: change.node,
    epoch: crypto.randomUUID(),
    number: 0,
    url: `ws://${change.node}/api/v1/chat`,
    region: "local",
    connections: 0,
    capacity: 20_000,
    weight: 1,
    delay: 0,
    draining: false,
    ...change,
  };
}
