/** A chat node that clients can be sent to. */
export type NodeAddress = {
  id: string;
  /** Its WebSocket address as clients reach it; undefined: the address that they ask at. */
  url: string | undefined;
};

/** Knows the chat nodes and picks one for a client. */
export interface Status {
  /** Undefined if there is no healthy node besides those in `exclude`. */
  pick(exclude: readonly string[]): Promise<NodeAddress | undefined>;
}

/** The status of a process that is its own and only chat node. */
export function createSingleNodeStatus(node: NodeAddress): Status {
  return {
    // A client that excludes the only node has just lost it: it is the one to come back to.
    pick: () => Promise.resolve(node),
  };
}
