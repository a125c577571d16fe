import type { Nodes } from "../status/nodes.ts";

/** Who else is there, as far as the last renewal of this node's own lease said. */
export interface LeasedOrigins {
  /** The service as it is, with its answers noted. */
  readonly nodes: Nodes;
  has(origin: string): boolean;
}

export function noteLeasedOrigins(nodes: Nodes): LeasedOrigins {
  let origins = new Set<string>();
  return {
    nodes: {
      ...nodes,
      renew: async (report) => {
        const renewal = await nodes.renew(report);
        origins = new Set(renewal.others.map(({ origin }) => origin));
        return renewal;
      },
    },
    has: (origin) => origins.has(origin),
  };
}
