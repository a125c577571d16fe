import type { Context } from "hono";
import type { Env } from "./context.ts";

/**
 * A browser keeps a `Secure` cookie only over https, and the `__Host-` prefix asks for it: both are
 * set wherever the page came by https. Over plain http (a laptop) cookies go without. Behind a proxy
 * that takes the TLS off the page's origin says which it was; where a browser leaves that out its
 * cookies do, for with that prefix they came only over https.
 */
export function overHttps(c: Context<Env>): boolean {
  const origin = c.req.header("origin");
  if (origin !== undefined) return origin.startsWith("https://");
  return /(^|;\s*)__Host-parley-/.test(c.req.header("cookie") ?? "");
}
