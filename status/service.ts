import { createNodes, type Nodes } from "./nodes.ts";
import { createPresence, type Presence } from "./presence.ts";

/** Knows the chat nodes and who is at them. Several may run side by side on one store. */
export interface Status {
  readonly nodes: Nodes;
  readonly presence: Presence;
}

export function createStatus(parts: Parameters<typeof createNodes>[0]): Status {
  return { nodes: createNodes(parts), presence: createPresence(parts) };
}
