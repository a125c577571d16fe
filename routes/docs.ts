import { Hono } from "hono";
import type { Env } from "./context.ts";
import { createDocument, type Document, type Handlers } from "./openapi/document.ts";
import { referencePage } from "./openapi/page.ts";
import { STYLE } from "./openapi/style.ts";

/**
 * What the interface says about itself, to programs and to people.
 * @param handlers all that the app has, asked for once they are all there
 */
export function docs(handlers: () => Handlers, version: string) {
  let made: Document | undefined;
  const read = () => made ??= createDocument(handlers(), version);
  let json: string | undefined;
  let page: string | undefined;
  return new Hono<Env>()
    .get("/openapi.json", (c) => {
      json ??= JSON.stringify(read());
      return c.body(json, 200, { "content-type": "application/json" });
    })
    .get("/docs", async (c) => c.html(page ??= String(await referencePage(read()))))
    .get("/docs/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css" }));
}
