import type { Id, Message } from "../protocol/model.ts";
import { every, type Timers } from "../timers.ts";
import type { Bus } from "./bus.ts";

/** Milliseconds between two digests. */
export const DIGEST_EVERY = 1_000;

/**
 * Tells all nodes what changed in the logs, and every second what they should have heard: so that
 * whoever missed something notices. One for each origin, whether a chat node or a gate.
 */
export interface Announcer extends Disposable {
  /**
   * @param membersRev the version of the membership that the change was made under
   * @param spare the connection that is answered instead of being told
   */
  announce(message: Message, membersRev: number, spare?: string): void;
}

export function startAnnouncer(bus: Bus, origin: string, timers: Timers): Announcer {
  const epoch = crypto.randomUUID();
  let number = 0;
  let revs = new Map<Id, number>();
  const writing = every(timers, DIGEST_EVERY, () => {
    bus.publish({ kind: "digest", origin, epoch, number: ++number, revs: [...revs] });
    revs = new Map();
  });
  return {
    announce: (message, membersRev, spare) => {
      const { conversation, seq, rev } = message;
      bus.publish({
        kind: "log",
        conversation,
        seq,
        rev,
        membersRev,
        ...(spare !== undefined && { spare }),
        frame: JSON.stringify({ type: "message", message }),
      });
      if ((revs.get(conversation) ?? 0) < rev) revs.set(conversation, rev);
    },
    [Symbol.dispose]: () => writing[Symbol.dispose](),
  };
}
