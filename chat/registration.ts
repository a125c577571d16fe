import type { Clock } from "../lib/clock.ts";
import type { NodeReport } from "../lib/kv/leases.ts";
import type { Log } from "../lib/log.ts";
import { messageOf } from "../lib/errors.ts";
import type { Nodes, Renewal } from "../status/nodes.ts";

/** Keeps this node known to the status service. */
export interface Registration {
  /** Who it speaks as. */
  readonly origin: string;
  readonly epoch: string;
  /**
   * Renews the lease if that is due: every few seconds, and when this node begins or ceases to take
   * clients. Rejects while the status service is away.
   */
  renew(): Promise<Renewal | undefined>;
  /** Does so out of turn, and leaves it to the next turn where the status service is away. */
  renewAtOnce(): Promise<void>;
  /** Whether there is a node that clients could go to instead, as far as the last renewal said. */
  hasOthers(): boolean;
  /** Takes nobody any more, and says so at once. */
  drain(): Promise<void>;
  leave(): Promise<void>;
}

/** What a node says of itself; what it is itself does not change. */
export type Load = Pick<NodeReport, "connections" | "delay">;
export type Self = Omit<NodeReport, keyof Load | "draining" | "epoch">;

/** Milliseconds between two renewals of this node's lease. */
const RENEW_EVERY = 5_000;

export function createRegistration(parts: {
  nodes: Nodes;
  self: Self;
  load: () => Load;
  /** Whether a client would be let in here. */
  isOpen: () => boolean;
  clock: Clock;
  log: Log;
}): Registration {
  const { nodes, self, load, isOpen, clock, log } = parts;
  // A restart under the same id is another epoch, and what the last one said does not count.
  const epoch = crypto.randomUUID();
  let draining = false;
  let renewedAt = -Infinity;
  let others = "";
  let saidOpen: boolean | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, or what was said before could arrive after it. */
  const say = <T>(tell: (report: NodeReport) => Promise<T>): Promise<T> => {
    const told = last.then(() => tell({ ...self, ...load(), epoch, draining }));
    last = told.catch(() => {});
    return told;
  };

  const renewNow = async (): Promise<Renewal> => {
    const open = isOpen();
    const renewal = await say(nodes.renew);
    renewedAt = clock.now();
    saidOpen = open;
    others = renewal.others;
    return renewal;
  };

  const renewAtOnce = async () => {
    try {
      ({ others } = await say(nodes.renew));
    } catch (error) {
      log.warn("registration.failed", { error: messageOf(error) });
    }
  };

  return {
    origin: self.origin,
    epoch,
    renew: async () => {
      const isDue = Math.abs(clock.now() - renewedAt) >= RENEW_EVERY || isOpen() !== saidOpen;
      return isDue ? await renewNow() : undefined;
    },
    renewAtOnce,
    hasOthers: () => others.split(",").some((each) => each !== "" && !isIsolateOf(self.node, each)),
    drain: () => {
      draining = true;
      return renewAtOnce();
    },
    leave: () => say(nodes.leave),
  };
}

/** Isolates of one process are called after its node, and go together with it. */
function isIsolateOf(node: string, other: string): boolean {
  return other.startsWith(`${node}.`) || other.startsWith(`${node} `);
}
