import { AppError } from "../lib/errors.ts";
import { LATE } from "../lib/event_loop_delay.ts";
import type { Upgrade } from "./socket/socket.ts";

/** Lets no more clients in than this node can serve well: refusing some beats failing everyone. */
export interface Admission {
  /**
   * Refuses a client that there is no place for, before its ticket is looked at.
   * @returns undefined if it was refused; else what is to be accepted or refused in its place
   */
  enter(upgrade: Upgrade): Upgrade | undefined;
  /** No more clients from here on. */
  close(): void;
  /** Whether the next client would be let in. */
  readonly open: boolean;
}

export function createAdmission(parts: {
  capacity: number;
  /** Sockets that were accepted and are not closed yet. */
  connections: () => number;
  /** Milliseconds by which the event loop is late. */
  delay: () => number;
}): Admission {
  const { capacity, connections, delay } = parts;
  /** Let in and neither accepted nor refused yet: a ticket takes the database some time. */
  const entering = new Set<Upgrade>();
  let closed = false;

  const refusal = (): AppError | undefined => {
    if (closed) return unavailable("this node is going away", 2);
    if (connections() + entering.size >= capacity) return unavailable("this node is full", 5);
    if (delay() >= LATE) return unavailable("this node is overloaded", 5);
    return undefined;
  };

  return {
    enter: (upgrade) => {
      const error = refusal();
      if (error !== undefined) {
        upgrade.refuse(error);
        return undefined;
      }
      const entrant: Upgrade = {
        header: upgrade.header,
        accept: (listener) => {
          entering.delete(entrant);
          return upgrade.accept(listener);
        },
        refuse: (error) => {
          entering.delete(entrant);
          upgrade.refuse(error);
        },
      };
      entering.add(entrant);
      return entrant;
    },
    close: () => void (closed = true),
    get open() {
      return refusal() === undefined;
    },
  };
}

/** @param retryAfter seconds: elsewhere a client finds a place at once, here not before the next report */
function unavailable(message: string, retryAfter: number): AppError {
  return new AppError("unavailable", message, { retryAfter });
}
