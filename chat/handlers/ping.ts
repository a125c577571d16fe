import type { Handler } from "./handler.ts";

/** For browsers, which do not see control frames. */
export const ping: Handler<"ping"> = ({ clock }) => ({
  type: "pong",
  at: new Date(clock.now()).toISOString(),
});
