import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { AppError } from "../lib/errors.ts";
import type { AllowOrigin } from "../lib/origins.ts";
import type { Env } from "./context.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Refuses what another site's page sends: such a request would carry the person's cookie. */
export function refuseForeignOrigins(allowOrigin: AllowOrigin) {
  return createMiddleware<Env>(async (c, next) => {
    const origin = c.req.header("origin");
    const foreign = origin !== undefined && !allowOrigin(origin, c.req.header("host"));
    if (foreign && !SAFE_METHODS.has(c.req.method)) {
      throw new AppError("forbidden", `the origin ${origin} may not do this`);
    }
    await next();
  });
}

/** Bodies are JSON and say so: a foreign form cannot, and a mistake gets a clear answer. */
export const jsonOnly = createMiddleware<Env>(async (c, next) => {
  const type = c.req.header("content-type");
  if (type !== undefined && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new AppError("unsupported", `a body is application/json, not ${type}`);
  }
  await next();
});

/** Answers about a person are for that person's screen, not for any cache. */
export const noStore = createMiddleware<Env>(async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
});

/** The page runs its own scripts and styles, talks to its own server, and sits in no frame. */
export const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:", "blob:"],
    fontSrc: ["'self'"],
    manifestSrc: ["'self'"],
    connectSrc: ["'self'", "ws:", "wss:"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // Of this host alone: what else lives below its name is not ours to decide.
  strictTransportSecurity: "max-age=15552000",
  referrerPolicy: "no-referrer",
  xFrameOptions: "DENY",
});
