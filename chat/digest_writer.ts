import type { Bus } from "../lib/bus/bus.ts";
import type { Id } from "../lib/protocol/model.ts";
import { every, type Timers } from "../lib/timers.ts";

/** Milliseconds between two digests. */
export const DIGEST_EVERY = 1_000;

/** Tells the other nodes, every second, what they should have heard from this one. */
export interface DigestWriter extends Disposable {
  /** Something of `conversation` was published. */
  note(conversation: Id, rev: number): void;
}

export function startDigests(bus: Bus, origin: string, timers: Timers): DigestWriter {
  const epoch = crypto.randomUUID();
  let number = 0;
  let revs = new Map<Id, number>();
  const writing = every(timers, DIGEST_EVERY, () => {
    bus.publish({ kind: "digest", origin, epoch, number: ++number, revs: [...revs] });
    revs = new Map();
  });
  return {
    note: (conversation, rev) => {
      if ((revs.get(conversation) ?? 0) < rev) revs.set(conversation, rev);
    },
    [Symbol.dispose]: () => writing[Symbol.dispose](),
  };
}
