import type { IncomingMessage, Server } from "node:http";

/** Milliseconds in which a body has to be there, and how often that is looked at. */
const WITHIN = 9_000;
const LOOK_EVERY = 1_000;

/**
 * Ends requests whose body comes too slowly, as `requestTimeout` would; but that holds for every request
 * of a server, and a file takes its time.
 */
export function cutSlowBodies(
  http: Server,
  takesItsTime: (request: IncomingMessage) => boolean,
): void {
  /** Since when each is waited for. */
  const waiting = new Map<IncomingMessage, number>();
  http.on("request", (request) => {
    const { "content-length": length = "0", "transfer-encoding": chunks } = request.headers;
    if ((length === "0" && chunks === undefined) || takesItsTime(request)) return;
    waiting.set(request, performance.now());
    request.on("close", () => waiting.delete(request));
  });
  const look = () => {
    const since = performance.now() - WITHIN;
    for (const [request, began] of waiting) {
      if (request.complete || request.socket.destroyed) waiting.delete(request);
      else if (began <= since) {
        waiting.delete(request);
        const error = Object.assign(new Error("Request timeout"), {
          code: "ERR_HTTP_REQUEST_TIMEOUT",
        });
        http.emit("clientError", error, request.socket);
      }
    }
  };
  http.on("listening", () => {
    const timer = setInterval(look, LOOK_EVERY);
    http.on("close", () => clearInterval(timer));
  });
}
