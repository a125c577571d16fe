import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { AppError } from "../lib/errors.ts";
import { PERMISSIONS_POLICY, STRICT_TRANSPORT_SECURITY } from "../lib/http/safe_headers.ts";
import type { AllowOrigin } from "../lib/origins.ts";
import type { Env } from "./context.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** What a browser says of a request that another site's page makes, or one of a neighbour's. */
const FOREIGN_SITES: ReadonlySet<string> = new Set(["cross-site", "same-site"]);

/**
 * Refuses what another site's page sends: such a request would carry the person's cookie. Browsers
 * that leave out `Origin` say it in another way (Fetch Metadata), and other programs say neither.
 */
export function refuseForeignOrigins(allowOrigin: AllowOrigin) {
  return createMiddleware<Env>(async (c, next) => {
    const origin = c.req.header("origin");
    const foreign = origin === undefined
      ? FOREIGN_SITES.has(c.req.header("sec-fetch-site") ?? "")
      : !allowOrigin(origin, c.req.header("host"));
    if (foreign && !SAFE_METHODS.has(c.req.method)) {
      throw new AppError("forbidden", `the origin ${origin ?? "of another site"} may not do this`);
    }
    await next();
  });
}

/** The page runs its own scripts and styles, talks to its own server, and sits in no frame. */
export const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:", "blob:"],
    mediaSrc: ["'self'", "blob:"],
    fontSrc: ["'self'"],
    manifestSrc: ["'self'"],
    connectSrc: ["'self'", "ws:", "wss:"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  permissionsPolicy: PERMISSIONS_POLICY,
  strictTransportSecurity: STRICT_TRANSPORT_SECURITY,
  referrerPolicy: "no-referrer",
  xFrameOptions: "DENY",
  // What an answer says itself is stricter.
  overwrite: false,
});
