import { createMiddleware } from "hono/factory";

/** Answers about a person are for that person's screen, not for any cache. */
export const noStore = createMiddleware(async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
});

/** What says nothing of caches is not meant for any: an error, and whatever somebody forgot. */
export const noStoreUnlessSaid = createMiddleware(async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
});
