/** The socket port over `npm:ws` and a `node:http` server. */
import { Buffer } from "node:buffer";
import type { IncomingMessage, Server } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { AppError } from "../../lib/errors.ts";
import { problemOf } from "../../lib/problem.ts";
import { LIMITS, SUBPROTOCOL } from "../../lib/protocol/codes.ts";
import type { Socket, SocketListener, Upgrade, UpgradeHandler } from "./socket.ts";

/** Milliseconds that a peer has for its part of the closing handshake. */
const CLOSE_TIMEOUT = 5_000;

/** Hands every upgrade of `path` on `server` to `handle`; other paths are answered with 404. */
export function attachWebSockets(
  server: Server,
  path: string,
  handle: UpgradeHandler,
): Disposable {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    maxPayload: LIMITS.frameBytes,
    // Compression would keep state for every connection and open the door to zip bombs.
    perMessageDeflate: false,
    clientTracking: false,
    closeTimeout: CLOSE_TIMEOUT,
    // The client offers its ticket as a second subprotocol; only the first is ever answered.
    handleProtocols: () => SUBPROTOCOL,
  };
  const sockets = new WebSocketServer(options);
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Uint8Array) => {
    // Without a listener one reset during the handshake would end the process.
    stream.on("error", () => {});
    const upgrade = createUpgrade(sockets, request, stream, head);
    // What a client asks for need not be an address at all.
    if (URL.parse(request.url ?? "", "http://any")?.pathname === path) handle(upgrade);
    else upgrade.refuse(new AppError("not-found", "there is no WebSocket at this path"));
  };
  server.on("upgrade", onUpgrade);
  return { [Symbol.dispose]: () => void server.off("upgrade", onUpgrade) };
}

function createUpgrade(
  server: WebSocketServer,
  request: IncomingMessage,
  stream: Duplex,
  head: Uint8Array,
): Upgrade {
  return {
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    accept: (listener) => {
      if (stream.destroyed) return undefined;
      let socket: Socket | undefined;
      // Synchronous for `noServer`; a handshake that is not valid is answered and never calls back.
      server.handleUpgrade(request, stream, head as never, (ws) => {
        socket = wrap(ws, listener);
      });
      return socket;
    },
    refuse: (error) => {
      const problem = problemOf(error);
      const body = JSON.stringify(problem);
      const headers = [
        `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
        "connection: close",
        "content-type: application/problem+json",
        `content-length: ${new TextEncoder().encode(body).length}`,
        ...(problem.retryAfter === undefined ? [] : [`retry-after: ${problem.retryAfter}`]),
      ];
      stream.end(`${headers.join("\r\n")}\r\n\r\n${body}`);
      stream.once("finish", () => stream.destroy());
    },
  };
}

function wrap(ws: WebSocket, listener: SocketListener): Socket {
  ws.pause();
  ws.on("message", (data, isBinary) => {
    listener.heard();
    if (isBinary) listener.binary();
    else listener.text(data.toString());
  });
  ws.on("ping", () => listener.heard());
  ws.on("pong", () => listener.heard());
  // ws answers protocol errors with the right close code by itself; `close` follows.
  ws.on("error", () => {});
  ws.on("close", (code) => listener.closed(code));
  return {
    get queuedBytes() {
      return ws.bufferedAmount;
    },
    // As bytes: a stream counts a text that waits by its characters, which have up to three bytes.
    send: (text) => ws.send(Buffer.from(text), { binary: false }),
    ping: () => ws.ping(),
    // A ping is queued behind everything else, and its callback comes when it was written.
    whenFlushed: (callback) => ws.ping(undefined, undefined, () => callback()),
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: (code, reason) => {
      ws.close(code, reason);
      // A paused socket would never see the peer's answer.
      ws.resume();
    },
    terminate: () => ws.terminate(),
  };
}
