import { Hono } from "hono";
import type { Env } from "./context.ts";
import { createDocument, type Handlers } from "./openapi/document.ts";

/**
 * What the interface says about itself.
 * @param handlers all that the app has, asked for once they are all there
 */
export function docs(handlers: () => Handlers, version: string) {
  let written: string | undefined;
  const read = () => written ??= JSON.stringify(createDocument(handlers(), version));
  return new Hono<Env>()
    .get("/openapi.json", (c) => c.body(read(), 200, { "content-type": "application/json" }));
}
