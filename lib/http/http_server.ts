/** A `node:http` server with every bound that a peer could otherwise ignore. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { cutSlowBodies } from "./slow_bodies.ts";
import { limitPipelining } from "./pipelining.ts";
import { answerMisaddressed, answerUnreadable } from "./unreadable.ts";

export interface WebServer {
  readonly http: Server;
  /** Whether it is about to end, and whoever can should go elsewhere. */
  readonly draining: boolean;
  /**
   * Still answers, and ends the connection with each answer: a proxy that keeps connections open has
   * given them up by the time that nothing is answered any more, instead of losing a request.
   */
  drain(): void;
  /**
   * Takes no more requests and answers those under way within a bound. Sockets are not waited for:
   * they belong to the chat node.
   */
  finish(): Promise<void>;
}

/** Milliseconds that requests under way have to be answered at the end. */
const FINISH_WITHIN = 2_000;

const BOUNDS = {
  // Milliseconds after which a slow header is cut off, and how often that is looked at.
  headersTimeout: 9_000,
  // Of the whole request: `slow_bodies.ts` knows which may take longer.
  requestTimeout: 0,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // The adapter refuses a request without a host, and unlike node:http by a problem.
  requireHostHeader: false,
};

/**
 * @param sockets whether requests for a WebSocket go past `fetch`
 * @param takesItsTime whether a request's body may come for as long as it does: whoever reads it bounds
 *   how long it may stop
 */
export function createWebServer(
  fetch: Parameters<typeof getRequestListener>[0],
  { sockets, takesItsTime = () => false }: {
    sockets: boolean;
    takesItsTime?: (request: IncomingMessage) => boolean;
  },
): WebServer {
  const options = {
    ...BOUNDS,
    // Some clients offer HTTP/2 in every request: that is not a reason not to answer it.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
      sockets && headers.upgrade?.toLowerCase() === "websocket",
  };
  const http = createServer(
    options,
    // Puts the adapter's own Request in place of the global one, which Hono's body limit needs when
    // it rebuilds a request: browsers' DELETE has no length.
    limitPipelining(getRequestListener(fetch, { errorHandler: answerMisaddressed })),
  );
  answerUnreadable(http);
  cutSlowBodies(http, takesItsTime);
  const last = markLast(http);
  const underWay = countRequests(http);
  return {
    http,
    get draining() {
      return last.begun;
    },
    drain: last.begin,
    finish: async () => {
      http.close();
      const end = Date.now() + FINISH_WITHIN;
      while (underWay() > 0 && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      http.closeAllConnections();
    },
  };
}

/** Once begun, every answer is the last one of its connection. */
function markLast(http: Server): { readonly begun: boolean; begin(): void } {
  const unanswered = new Set<ServerResponse>();
  let begun = false;
  const mark = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader("connection", "close");
  };
  // Before whoever answers: that may be in this very turn.
  http.prependListener("request", (_request, response) => {
    if (begun) return mark(response);
    unanswered.add(response);
    response.on("close", () => unanswered.delete(response));
  });
  return {
    get begun() {
      return begun;
    },
    begin: () => {
      begun = true;
      for (const response of unanswered) mark(response);
    },
  };
}

/** By their sockets: an answer that waited behind others when its socket went never says that it closed. */
function countRequests(http: Server): () => number {
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
