import { Hono } from "hono";
import { serveStatic } from "hono/serve-static";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Env } from "./context.ts";

/** The built page, from `folder`. Files below assets/ carry their content's hash in their name. */
export function page(folder: URL) {
  return new Hono<Env>()
    .use(
      "*",
      serveStatic({
        root: fileURLToPath(folder),
        join,
        isDir: async (path) => await statOf(path).then((found) => found?.isDirectory ?? false),
        // Whole, not as a stream: one that nobody reads, as after a HEAD, would keep its file open.
        getContent: async (path) =>
          (await statOf(path))?.isFile === true ? await Deno.readFile(path) : null,
        onFound: (path, c) => {
          const forever = path.includes("/assets/");
          c.header("cache-control", forever ? "public, max-age=31536000, immutable" : "no-cache");
        },
      }),
    );
}

/** Undefined for what is not there. A name that cannot exist is a client's idea, and no news. */
async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    const impossible = error instanceof TypeError || error instanceof Deno.errors.NotADirectory ||
      error instanceof Error && "code" in error && error.code === "ENAMETOOLONG";
    if (impossible || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
