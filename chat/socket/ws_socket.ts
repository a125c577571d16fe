/**
 * The socket port over `npm:ws` and a `node:http` server. `ws` reads, checks and answers what comes
 * in; text frames go out past it, framed once for all who get them and one write a turn.
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { type ClientAddress, createClientAddress } from "../../lib/client_address.ts";
import { AppError } from "../../lib/errors.ts";
import { problemOf, writeProblem } from "../../lib/problem.ts";
import { LIMITS, SUBPROTOCOL } from "../../lib/protocol/codes.ts";
import { frameText } from "./frame.ts";
import type { Socket, SocketListener, Upgrade, UpgradeHandler } from "./socket.ts";

/** Milliseconds that a peer has for its part of the closing handshake. */
const CLOSE_TIMEOUT = 5_000;
/** Bytes of one turn that are worth a write of their own. */
const WRITE_BYTES = 64 * 1024;

/** Hands every upgrade of `path` on `server` to `handle`; other paths are answered with 404. */
export function attachWebSockets(
  server: Server,
  path: string,
  handle: UpgradeHandler,
  clientAddress: ClientAddress = createClientAddress([]),
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
  const outgoing = createOutgoing();
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Uint8Array) => {
    // Without a listener one reset during the handshake would end the process.
    stream.on("error", () => {});
    const upgrade = createUpgrade(sockets, outgoing, request, stream, head, clientAddress);
    // What a client asks for need not be an address at all.
    if (URL.parse(request.url ?? "", "http://any")?.pathname === path) handle(upgrade);
    else upgrade.refuse(new AppError("not-found", "there is no WebSocket at this path"));
  };
  server.on("upgrade", onUpgrade);
  return { [Symbol.dispose]: () => void server.off("upgrade", onUpgrade) };
}

function createUpgrade(
  server: WebSocketServer,
  outgoing: Outgoing,
  request: IncomingMessage,
  stream: Duplex,
  head: Uint8Array,
  clientAddress: ClientAddress,
): Upgrade {
  const header = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
  return {
    address: clientAddress(request.socket.remoteAddress, header("x-forwarded-for")),
    header,
    accept: (listener) => {
      if (stream.destroyed) return undefined;
      let socket: Socket | undefined;
      // Synchronous for `noServer`; a handshake that is not valid is answered and never calls back.
      server.handleUpgrade(request, stream, head as never, (ws) => {
        socket = wrap(ws, stream, outgoing, listener);
      });
      return socket;
    },
    refuse: (error) => {
      stream.end(writeProblem(problemOf(error)));
      stream.once("finish", () => stream.destroy());
    },
  };
}

/** What all sockets of one server share on the way out. */
interface Outgoing {
  /** The bytes of a frame. Fan-out sends one text to many in a row: it is framed once. */
  frame(text: string): Buffer;
  /** Calls `flush` at the end of this turn. */
  later(flush: () => void): void;
}

function createOutgoing(): Outgoing {
  let lastText = "";
  let lastFrame = frameText("");
  let due: (() => void)[] = [];
  const flushAll = () => {
    const flushes = due;
    due = [];
    for (const flush of flushes) flush();
  };
  return {
    frame: (text) => {
      if (text !== lastText) {
        lastFrame = frameText(text);
        lastText = text;
      }
      return lastFrame;
    },
    later: (flush) => {
      if (due.push(flush) === 1) setImmediate(flushAll);
    },
  };
}

function wrap(
  ws: WebSocket,
  stream: Duplex,
  outgoing: Outgoing,
  listener: SocketListener,
): Socket {
  let frames: Buffer[] = [];
  let bytes = 0;
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    const [first] = frames;
    // A socket that is closing or gone has said its last.
    if (first !== undefined && ws.readyState === ws.OPEN) {
      // A frame may be a part of a larger buffer, which must not wait in memory with it.
      const goesNow = frames.length === 1 && stream.writableLength === 0;
      stream.write(goesNow ? first : Buffer.concat(frames, bytes));
    }
    frames = [];
    bytes = 0;
  };
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
      return bytes + stream.writableLength;
    },
    send: (text) => {
      const frame = outgoing.frame(text);
      frames.push(frame);
      bytes += frame.length;
      if (bytes > WRITE_BYTES) flush();
      else if (!scheduled) {
        scheduled = true;
        outgoing.later(flush);
      }
    },
    ping: () => ws.ping(),
    whenFlushed: (callback) => {
      flush();
      // A ping is queued behind everything else, and its callback comes when it was written.
      ws.ping(undefined, undefined, () => callback());
    },
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: (code, reason) => {
      flush();
      ws.close(code, reason);
      // A paused socket would never see the peer's answer.
      ws.resume();
    },
    terminate: () => ws.terminate(),
  };
}
