import { Hono } from "hono";
import { serveStatic } from "hono/deno";
import { fileURLToPath } from "node:url";
import type { Env } from "./context.ts";

/** The built page, from `folder`. Files below assets/ carry their content's hash in their name. */
export function page(folder: URL) {
  return new Hono<Env>()
    .use(
      "*",
      serveStatic({
        root: fileURLToPath(folder),
        onFound: (path, c) => {
          const forever = path.includes("/assets/");
          c.header("cache-control", forever ? "public, max-age=31536000, immutable" : "no-cache");
        },
      }),
    );
}
