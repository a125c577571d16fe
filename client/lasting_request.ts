import { ApiError } from "./api.ts";
import type { Connection, Request } from "./connection.ts";
import type { Timers } from "./timers.ts";

/** Milliseconds for which a request waits for a connection: longer than it takes to change the node. */
const LASTS = 10_000;

/**
 * Requests that outlive the change from one node to another, so that nobody is told of a node that is
 * being restarted. Only for those that may be done twice: the first one's answer may have been lost.
 */
export function createLastingRequest(
  connection: Pick<Connection, "state" | "request" | "back">,
  timers: Timers,
): Request {
  return async (type, fields) => {
    const end = timers.now() + LASTS;
    while (true) {
      try {
        return await connection.request(type, fields);
      } catch (error) {
        const isLost = error instanceof ApiError && error.code === "unavailable" &&
          connection.state().name !== "ready";
        if (!isLost || !await connection.back(end - timers.now())) throw error;
      }
    }
  };
}
