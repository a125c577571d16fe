import type { Timers } from "./timers.ts";

/** Milliseconds: longer than the lease of a node that died, after which nobody is sent there. */
const AVOIDED_FOR = 20_000;

/** The chat nodes that this client has just lost, or could not reach. */
export interface Avoided {
  /**
   * A node that is here already was the only choice, so the others are no better than it: they are
   * tried again before this one.
   */
  add(node: string): void;
  /** It can be reached after all. */
  forget(node: string): void;
  /** Those of the last while, the latest last. */
  list(): string[];
}

/** A few names at most: each try adds one, and none stays for long. */
export function createAvoided(timers: Timers): Avoided {
  const until = new Map<string, number>();
  return {
    add: (node) => {
      if (until.has(node)) until.clear();
      until.set(node, timers.now() + AVOIDED_FOR);
    },
    forget: (node) => void until.delete(node),
    list: () => {
      for (const [node, end] of until) {
        if (end <= timers.now()) until.delete(node);
      }
      return [...until.keys()];
    },
  };
}
