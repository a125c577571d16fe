import type { MiddlewareHandler } from "hono";

/**
 * Names each request by an id of our own, which its answer carries and the lines about it in the log.
 * What a client calls it counts for nothing: two could not be told apart then.
 */
export function requestId(): MiddlewareHandler<{ Variables: { requestId: string } }> {
  return async (c, next) => {
    const id = crypto.randomUUID();
    c.set("requestId", id);
    c.header("x-request-id", id);
    await next();
  };
}
