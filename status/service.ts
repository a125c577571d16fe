import type { Clock } from "../lib/clock.ts";
import type { Balance } from "../lib/config.ts";
import type { Log } from "../lib/log.ts";
import type { Timers } from "../lib/timers.ts";
import { createNodes, type Nodes } from "./nodes.ts";
import { createPresence, type Presence } from "./presence.ts";
import { createStore } from "./store.ts";

/** Knows the chat nodes and who is at them. Several may run side by side on one store. */
export interface Status {
  readonly nodes: Nodes;
  readonly presence: Presence;
}

export function createStatus(parts: {
  kv: Deno.Kv;
  clock: Clock;
  timers: Timers;
  log: Log;
  /** How a node is chosen for a client. */
  balance: Balance;
}): Status {
  const { clock, timers, balance } = parts;
  const store = createStore(parts);
  return {
    nodes: createNodes({ store, clock, timers, balance }),
    presence: createPresence({ store, clock }),
  };
}
