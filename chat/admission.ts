import { networkBlock } from "../lib/client_address.ts";
import { AppError } from "../lib/errors.ts";
import { LATE } from "../lib/event_loop_delay.ts";
import { createPlaces } from "./places.ts";
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

/** Sockets of one network address in one isolate: an office behind one, and not a botnet. */
export const OF_NETWORK = 1_000;
/** Sockets that come from one network: the whole office at once, when its node went, and some again. */
export const COMING = { burst: 2_000, perSecond: 20 };

export function createAdmission(parts: {
  capacity: number;
  /** Sockets that were accepted and are not closed yet. */
  connections: () => number;
  /** Milliseconds by which the event loop is late. */
  delay: () => number;
  /** Sockets of one network at a time; undefined: as many as it likes. */
  ofNetwork?: number | undefined;
  /** Counts that somebody comes from a network. Milliseconds that they have to wait, or 0. */
  comes?: ((network: string) => number) | undefined;
}): Admission {
  const { capacity, connections, delay, ofNetwork = Infinity, comes = () => 0 } = parts;
  const places = createPlaces(ofNetwork);
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
      // Nobody's where the connection is gone.
      const network = upgrade.address === "" ? undefined : networkBlock(upgrade.address);
      const tooMany = (retryAfter: number) => {
        const message = "too many connections from this network address";
        upgrade.refuse(new AppError("rate-limited", message, { retryAfter }));
        return undefined;
      };
      // Each costs a look at its ticket, however soon it goes.
      const wait = network === undefined ? 0 : comes(network);
      if (wait > 0) return tooMany(Math.ceil(wait / 1000));
      const leave = network === undefined ? () => {} : places.take(network);
      if (leave === undefined) return tooMany(30);
      const entrant: Upgrade = {
        address: upgrade.address,
        header: upgrade.header,
        accept: (listener) => {
          entering.delete(entrant);
          const closed = (code: number) => {
            leave();
            listener.closed(code);
          };
          const socket = upgrade.accept({ ...listener, closed });
          if (socket === undefined) leave();
          return socket;
        },
        refuse: (error) => {
          entering.delete(entrant);
          leave();
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
