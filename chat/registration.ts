import type { Clock } from "../lib/clock.ts";
import type { NodeReport } from "../lib/kv/leases.ts";
import type { Log } from "../lib/log.ts";
import { messageOf } from "../lib/errors.ts";
import type { Nodes, Other, Renewal } from "../status/nodes.ts";

/** Keeps this node known to the status service. */
export interface Registration {
  /** Who it speaks as. */
  readonly origin: string;
  readonly epoch: string;
  /**
   * Renews the lease if that is due: every few seconds, and when this node begins or ceases to take
   * clients. Rejects while the status service is away.
   * @returns what came of it, and of what was done out of turn since
   */
  renew(): Promise<Renewal | undefined>;
  /** Does so out of turn, and leaves it to the next turn where the status service is away. */
  renewAtOnce(): Promise<void>;
  /** Whether another origin has a lease, as far as the last renewal said. */
  knows(origin: string): boolean;
  /** Whether there is a node that clients could go to instead, as far as the last renewal said. */
  hasOthers(): boolean;
  /** Takes nobody any more, and says so at once. */
  drain(): Promise<void>;
  leave(): Promise<void>;
}

/** What a node says of itself; what it is itself does not change. */
export type Load = Pick<NodeReport, "connections" | "delay">;
export type Self = Omit<NodeReport, keyof Load | "draining" | "epoch" | "number">;

/**
 * Milliseconds after which a renewal is due. It is looked at once a second: so it comes every 4 s. A
 * node that dies is noticed by the others' next renewal after its lease has ended, 19 s later at most.
 */
const RENEW_AFTER = 3_500;
/** Milliseconds within which a lease that was renewed cannot have ended by itself. */
const CANNOT_LAPSE = 10_000;
/** Times in a row: once is what a former life of this node, or a new store, looks like. */
const OVERWRITTEN = 2;
const CONTESTED =
  "another process renews a lease of the same name, and neither is relied on; give " +
  "each process a PARLEY_NODE_ID of its own";

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
  let number = 0;
  let renewedAt = -Infinity;
  let others: readonly Other[] = [];
  let saidOpen: boolean | undefined;
  /** What came of renewals that nobody was told of yet. */
  let untold: Renewal | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let overwritten = 0;

  const report = (): NodeReport => ({ ...self, ...load(), epoch, number: number++, draining });

  /** The lease lapses again and again although it was renewed just before: somebody writes over it. */
  const noteLapse = ({ lapsed }: Renewal, now: number) => {
    if (!lapsed) overwritten = 0;
    else if (Math.abs(now - renewedAt) < CANNOT_LAPSE && ++overwritten === OVERWRITTEN) {
      log.error("registration.contested", { origin: self.origin, reason: CONTESTED });
    }
  };

  const renewNow = async (): Promise<void> => {
    const open = isOpen();
    // Before it is asked, or the time that an answer takes would come on top each time.
    const now = clock.now();
    // One after the other: what is true last is said last.
    const said = last.then(() => nodes.renew(report()));
    last = said.catch(() => {});
    const renewal = await said;
    noteLapse(renewal, now);
    renewedAt = now;
    saidOpen = open;
    others = renewal.others;
    untold = { ...renewal, lapsed: renewal.lapsed || untold?.lapsed === true };
  };

  const renewAtOnce = async () => {
    try {
      await renewNow();
    } catch (error) {
      log.warn("registration.failed", { error: messageOf(error) });
    }
  };

  return {
    origin: self.origin,
    epoch,
    renew: async () => {
      const isDue = Math.abs(clock.now() - renewedAt) >= RENEW_AFTER || isOpen() !== saidOpen;
      if (isDue) await renewNow();
      const renewal = untold;
      untold = undefined;
      return renewal;
    },
    renewAtOnce,
    knows: (origin) => others.some((other) => other.origin === origin),
    // Isolates of one process go together with it.
    hasOthers: () => others.some(({ node }) => node !== self.node),
    drain: () => {
      draining = true;
      return renewAtOnce();
    },
    // Not behind a renewal that hangs: the number says that this is later.
    leave: () => nodes.leave(report()),
  };
}
