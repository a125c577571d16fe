import type { Id, Message } from "../protocol/model.ts";
import { every, type Timers } from "../timers.ts";
import type { Audience } from "./audience.ts";
import type { Bus } from "./bus.ts";

/** Milliseconds between two digests. */
export const DIGEST_EVERY = 1_000;
/** What one digest mentions at most: a bus carries no envelope of any size. */
const MENTIONED = 5_000;

/** Whom a change of a log concerns, and as of which version of the membership it was made. */
export type Addressed = {
  membersRev: number;
  audience: Audience;
  /** Who became a member by it. */
  came?: readonly Id[];
};

/**
 * Tells the nodes that need to know what changed in the logs, and all of them every second what
 * they should have heard: so that whoever missed something notices. One for each origin, whether a
 * chat node or a gate.
 */
export interface Announcer extends Disposable {
  /** @param spare the connection that is answered instead of being told */
  announce(message: Message, to: Addressed, spare?: string): void;
}

export function startAnnouncer(bus: Bus, origin: string, timers: Timers): Announcer {
  const epoch = crypto.randomUUID();
  let number = 0;
  let revs = new Map<Id, number>();
  let came: [Id, Id][] = [];
  const write = () => {
    const all = [...revs];
    const people = came;
    revs = new Map();
    came = [];
    // One in any case: that nothing happened is worth knowing too.
    do {
      bus.publish({
        ...{ kind: "digest", origin, epoch, number: ++number },
        revs: all.splice(0, MENTIONED),
        came: people.splice(0, MENTIONED),
      });
    } while (all.length > 0 || people.length > 0);
  };
  const writing = every(timers, DIGEST_EVERY, write);
  return {
    announce: (message, { membersRev, audience, came: users = [] }, spare) => {
      const { conversation, seq, rev } = message;
      bus.publish({
        kind: "log",
        conversation,
        seq,
        rev,
        membersRev,
        audience,
        ...(users.length > 0 && { came: users }),
        ...(spare !== undefined && { spare }),
        frame: JSON.stringify({ type: "message", message }),
      });
      if ((revs.get(conversation) ?? 0) < rev) revs.set(conversation, rev);
      for (const user of users) came.push([conversation, user]);
    },
    [Symbol.dispose]: () => writing[Symbol.dispose](),
  };
}
