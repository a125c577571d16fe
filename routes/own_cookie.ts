/** The cookies that a browser keeps for the page, and that no script and no foreign page ever sees. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Env } from "./context.ts";

/**
 * A browser keeps a `Secure` cookie only over https, and the `__Host-` prefix asks for it: both are
 * set wherever the page came by https. Over plain http (a laptop) cookies go without. Behind a proxy
 * that takes the TLS off the page's origin says which it was; where a browser leaves that out its
 * cookies do, for with that prefix they came only over https.
 */
function overHttps(c: Context<Env>): boolean {
  const origin = c.req.header("origin");
  if (origin !== undefined) return origin.startsWith("https://");
  return /(^|;\s*)__Host-parley-/.test(c.req.header("cookie") ?? "");
}

/** @param maxAge seconds */
export function writeCookie(c: Context<Env>, name: string, value: string, maxAge: number): void {
  const secure = overHttps(c);
  const options = { httpOnly: true, sameSite: "Strict", path: "/", secure, maxAge } as const;
  setCookie(c, name, value, secure ? { ...options, prefix: "host" } : options);
}

export function readCookie(c: Context<Env>, name: string): string | undefined {
  return overHttps(c) ? getCookie(c, name, "host") : getCookie(c, name);
}

export function dropCookie(c: Context<Env>, name: string): void {
  const secure = overHttps(c);
  deleteCookie(c, secure ? `__Host-${name}` : name, { path: "/", secure });
}
