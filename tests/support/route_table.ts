/** The routes of the HTTP interface, from the app itself: a new one is in the tests at once. */
import { Hono } from "hono";
import { createApp } from "../../routes/app.ts";
import { devMailbox } from "../../routes/dev_mailbox.ts";
import { health } from "../../lib/http/health.ts";
import type { Mailbox } from "../../verify/mail/mailbox.ts";
import type { Gate } from "../../routes/context.ts";
import type { Handlers } from "../../routes/openapi/document.ts";
import { createFakeLog } from "./fake_services.ts";

export type Route = { method: string; path: string };

export function readRoutes(): Route[] {
  const routes = new Map<string, Route>();
  for (const { method, path } of readHandlers()) {
    // What is for every method is no route but stands in front of some.
    if (method !== "ALL") routes.set(`${method} ${path}`, { method, path });
  }
  return [...routes.values()];
}

/** Every handler of every route, with what stands in front of it. */
export function readHandlers(): Handlers {
  // Building the app only takes this apart; whatever a route would do with the rest fails at once.
  const gate = {
    config: { mode: "start", node: {}, trustedProxies: [] },
    database: {},
    log: createFakeLog(),
    page: new URL("../../web/dist/", import.meta.url),
    allowOrigin: () => true,
    clientAddress: () => "",
  } as unknown as Gate;
  const mailbox = undefined as unknown as Mailbox;
  // As the server mounts them.
  return new Hono().route("/", health({}, () => false)).route("/dev", devMailbox(mailbox))
    .route("/", createApp(gate)).routes;
}
