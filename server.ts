/** Wires the services together: which part stands on which. */
import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { startChatNode } from "./chat/node.ts";
import { attachWebSockets } from "./chat/socket/ws_socket.ts";
import project from "./deno.json" with { type: "json" };
import { startAnnouncer } from "./lib/bus/announcer.ts";
import type { Config } from "./lib/config.ts";
import { startEventLoopDelay } from "./lib/event_loop_delay.ts";
import { openContext, type Parts } from "./lib/context.ts";
import { listen } from "./lib/listen.ts";
import { createAllowOrigin } from "./lib/origins.ts";
import { createChatStore } from "./lib/sql/chat_store.ts";
import { realTimers } from "./lib/timers.ts";
import { startReport } from "./lib/report.ts";
import { createApp } from "./routes/app.ts";
import { limitPipelining } from "./routes/pipelining.ts";
import { answerMisaddressed, answerUnreadable } from "./routes/unreadable.ts";
import { createStatus } from "./status/service.ts";
import { openMail } from "./verify/mail/open.ts";
import { createVerify } from "./verify/service.ts";

export interface Server extends AsyncDisposable {
  readonly port: number;
  readonly report: string;
}

/** Milliseconds that requests under way have to be answered at the end. */
const FINISH_WITHIN = 2_000;

const HTTP = {
  // Milliseconds after which a slow header or body is cut off, and how often that is looked at.
  headersTimeout: 9_000,
  requestTimeout: 9_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // The adapter refuses a request without a host, and unlike node:http by a problem.
  requireHostHeader: false,
  // Some clients offer HTTP/2 in every request: that is not a reason not to answer it.
  shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
    headers.upgrade?.toLowerCase() === "websocket",
};

/** Starts everything; disposing drains and closes it. @throws StartError */
export async function startServer(config: Config, parts: Parts): Promise<Server> {
  await using cleanup = new AsyncDisposableStack();
  const context = cleanup.use(await openContext(config, parts));
  const { clock } = context;
  const { mailer, mailbox } = openMail(config.mailUrl, clock);
  const allowOrigin = createAllowOrigin(config);
  const { id, url, ...node } = config.node;
  const announcer = cleanup.use(startAnnouncer(context.bus, id, realTimers));
  const status = createStatus({
    ...context,
    timers: realTimers,
    balance: config.balance,
  });
  const delay = cleanup.use(startEventLoopDelay(realTimers));
  const chat = cleanup.use(
    await startChatNode({
      ...context,
      store: createChatStore(context.database),
      announcer,
      status,
      timers: realTimers,
      self: { origin: id, node: id, url: url ?? null, ...node },
      allowOrigin,
      limits: config.limits,
      delay: delay.now,
    }),
  );
  const app = createApp({
    ...context,
    announcer,
    verify: createVerify({ ...context, mailer }),
    status,
    allowOrigin,
    mailbox,
    page: new URL("./web/dist/", import.meta.url),
  });
  const http = createServer(
    HTTP,
    // Puts the adapter's own Request in place of the global one, which Hono's body limit needs when
    // it rebuilds a request: browsers' DELETE has no length.
    limitPipelining(getRequestListener(app.fetch, { errorHandler: answerMisaddressed })),
  );
  answerUnreadable(http);
  const underWay = countRequests(http);
  cleanup.use(attachWebSockets(http, "/api/v1/chat", chat.upgrade));
  const port = await listen(http, config.host, config.port);
  await chat.register();
  cleanup.defer(() => chat.drain());
  cleanup.defer(() => finishRequests(http, underWay));
  const resources = cleanup.move();
  const facts = {
    version: project.version,
    port,
    database: context.database.description,
    mailbox: mailbox !== undefined,
  };
  return {
    port,
    report: startReport(config, facts),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/**
 * Takes no more requests and answers those under way within a bound. Sockets are not waited for:
 * they belong to the chat node.
 */
async function finishRequests(http: HttpServer, underWay: () => number): Promise<void> {
  http.close();
  const end = Date.now() + FINISH_WITHIN;
  while (underWay() > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  http.closeAllConnections();
}

/** By their sockets: an answer that waited behind others when its socket went never says that it closed. */
function countRequests(http: HttpServer): () => number {
  const underWay = new Map<object, number>();
  http.on("request", ({ socket }, response) => {
    const before = underWay.get(socket);
    underWay.set(socket, (before ?? 0) + 1);
    if (before === undefined) socket.on("close", () => underWay.delete(socket));
    response.on("close", () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      if (underWay.has(socket)) underWay.set(socket, left);
    });
  });
  return () => [...underWay.values()].reduce((sum, count) => sum + count, 0);
}
