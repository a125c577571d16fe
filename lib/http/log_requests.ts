import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Log } from "../log.ts";

/**
 * A line for each request at `debug`. Of its address only the route's pattern: an address may hold an
 * invitation, and a query somebody's name.
 */
export function logRequests(log: Log): MiddlewareHandler {
  return async (c, next) => {
    const since = performance.now();
    await next();
    log.debug("request", {
      request: c.get("requestId"),
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      ms: Math.round(performance.now() - since),
    });
  };
}
