import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Env } from "./context.ts";

/** Milliseconds between two looks at the built page. */
const LOOK_EVERY = 500;

/** Tells an open page which build is being served, now and whenever it changes (`dev` only). */
export function devReload(pageFolder: URL) {
  const build = async () => {
    try {
      return String((await Deno.stat(new URL("index.html", pageFolder))).mtime?.getTime());
    } catch {
      // In the middle of a build there is none.
      return undefined;
    }
  };
  return new Hono<Env>()
    .get("/", (c) =>
      streamSSE(c, async (stream) => {
        let told: string | undefined;
        while (!stream.aborted && !stream.closed) {
          const current = await build();
          if (current !== undefined && current !== told) {
            told = current;
            await stream.writeSSE({ event: "build", data: current });
          }
          await stream.sleep(LOOK_EVERY);
        }
      }));
}
