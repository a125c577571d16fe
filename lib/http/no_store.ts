import { createMiddleware } from "hono/factory";

/** Answers about a person are for that person's screen, not for any cache. */
export const noStore = createMiddleware(async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
});
