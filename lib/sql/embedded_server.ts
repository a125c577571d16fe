import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import type { PGlite } from "@electric-sql/pglite";

/**
 * Serves an embedded database to several connections on a Unix socket, in PostgreSQL's own protocol
 * (version 3, PostgreSQL documentation chapter 55).
 *
 * The database has a single session: one unnamed portal, one transaction, one "skip until Sync".
 * So a connection owns it from its first message until the database says that it is ready and idle.
 * Between Bind and Execute, within a transaction and after an error nobody else gets a word in.
 */
export function serveEmbedded(database: PGlite, path: string): Promise<AsyncDisposable> {
  const turn = createTurn();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(database, turn, socket);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve({ [Symbol.asyncDispose]: () => stop(server, sockets) }));
  });
}

function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

/** Lets one at a time go on, in the order in which they came. */
type Turn = { take(): Promise<void>; pass(): void };

function createTurn(): Turn {
  let taken = false;
  const waiting: (() => void)[] = [];
  return {
    take: () => {
      if (taken) return new Promise((resolve) => waiting.push(resolve));
      taken = true;
      return Promise.resolve();
    },
    pass: () => {
      const next = waiting.shift();
      if (next === undefined) taken = false;
      else next();
    },
  };
}

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;
const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);
const TERMINATE = 0x58;

function serveConnection(database: PGlite, turn: Turn, socket: Socket): void {
  let received = Buffer.alloc(0);
  let started = false;
  let owner = false;
  let open = true;
  let working = false;

  /** What can be handed over: whole messages, as many as are there. */
  const takeMessages = (): Uint8Array | undefined => {
    let end = 0;
    while (true) {
      const header = started ? 5 : 4;
      if (received.length - end < header) break;
      const length = received.readInt32BE(end + header - 4) + header - 4;
      if (received.length - end < length) break;
      if (started && received[end] === TERMINATE) {
        open = false;
        break;
      }
      if (!started) {
        const code = received.readInt32BE(end + 4);
        if (code === SSL_REQUEST || code === CANCEL_REQUEST) {
          received = received.subarray(length);
          // No TLS on a local socket; and nothing runs long enough here to be cancelled.
          if (code === SSL_REQUEST) socket.write("N");
          continue;
        }
        started = true;
        end = length;
        break;
      }
      end += length;
    }
    if (end === 0) return undefined;
    const messages = received.subarray(0, end);
    received = received.subarray(end);
    return new Uint8Array(messages);
  };

  const execute = async (messages: Uint8Array): Promise<void> => {
    if (!owner) {
      await turn.take();
      owner = true;
    }
    const answer = await database.execProtocolRaw(messages);
    if (open) socket.write(answer);
    if (isIdle(answer)) release();
  };

  const release = () => {
    if (!owner) return;
    owner = false;
    turn.pass();
  };

  /** A connection that ends in the middle leaves the session as the next one expects it. */
  const leave = async (): Promise<void> => {
    if (!owner) return;
    const answer = await database.execProtocolRaw(SYNC);
    if (!isIdle(answer)) await database.execProtocolRaw(query("rollback"));
    release();
  };

  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      for (let next = takeMessages(); next !== undefined; next = takeMessages()) {
        await execute(next);
      }
      if (!open) await leave();
    } catch {
      // The database itself failed: its clients notice by their connection.
      open = false;
      release();
    } finally {
      working = false;
    }
    if (!open) socket.destroy();
  };

  socket.on("data", (data: Buffer) => {
    received = Buffer.concat([received, data]);
    void work();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    open = false;
    received = Buffer.alloc(0);
    void work();
  });
}

/** Whether an answer ends with ReadyForQuery and the status "idle". */
function isIdle(answer: Uint8Array): boolean {
  const [type, , , , , status] = answer.subarray(-6);
  return type === 0x5a && status === 0x49;
}

/** A message of the simple query protocol. */
function query(text: string): Uint8Array {
  const message = Buffer.alloc(5 + text.length + 1);
  message.write("Q", 0);
  message.writeInt32BE(4 + text.length + 1, 1);
  message.write(text, 5);
  return new Uint8Array(message);
}
