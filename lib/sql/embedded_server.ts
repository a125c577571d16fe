import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import { createClientMessages } from "./embedded_messages.ts";
import type { EmbeddedSession } from "./embedded_session.ts";
import { APPENDS, createTurn, type Kind, type Turn } from "./embedded_turn.ts";

/**
 * Serves an embedded database to several connections on a Unix socket, in PostgreSQL's own protocol.
 *
 * The database has a single session: one unnamed portal, one transaction, one "skip until Sync".
 * So a connection owns it from its first message until the database says that it is ready and idle.
 * Between Bind and Execute, within a transaction and after an error nobody else gets a word in.
 * That is a turn: one statement, or one transaction, however many a client sends at once.
 *
 * So an append waits for the statement or transaction that is under way when it arrives and for at
 * most `LOOK_EVERY` of others, however many wait: see embedded_turn.ts.
 */
export function serveEmbedded(session: EmbeddedSession, path: string): Promise<AsyncDisposable> {
  const turn = createTurn();
  const arrivals = createArrivals();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(session, turn, arrivals, socket);
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

const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);

/** Milliseconds of work after which it is looked whether anything has arrived. */
const LOOK_EVERY = 5;

/**
 * While statements that have been read already follow one another, this thread reads no socket and
 * so does not know that an append is waiting.
 */
type Arrivals = { note(): void; look(): Promise<void> };

function createArrivals(): Arrivals {
  let looked = performance.now();
  const note = () => void (looked = performance.now());
  return {
    note,
    look: async () => {
      if (performance.now() - looked < LOOK_EVERY) return;
      // A timer, because only an event loop that has to wait asks the operating system.
      await new Promise((resolve) => setTimeout(resolve, 0));
      note();
    },
  };
}

function serveConnection(
  session: EmbeddedSession,
  turn: Turn,
  arrivals: Arrivals,
  socket: Socket,
): void {
  const received = createClientMessages();
  let kind: Kind = "other";
  let owner = false;
  let open = true;
  let working = false;

  const execute = async (messages: Uint8Array): Promise<void> => {
    if (!owner) {
      await turn.take(kind);
      owner = true;
    }
    const answer = await session.execute(messages);
    if (open) socket.write(answer);
    if (!isIdle(answer)) return;
    if (kind === "other") await arrivals.look();
    release();
  };

  const release = () => {
    if (!owner) return;
    owner = false;
    turn.pass();
  };

  /** A connection that ends in the middle leaves the session as the next one expects it. */
  const leave = async (): Promise<void> => {
    if (!owner) return;
    const answer = await session.execute(SYNC);
    if (!isIdle(answer)) await session.execute(query("rollback"));
    release();
  };

  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      for (let part = received.take(); open && part !== undefined; part = received.take()) {
        if (part.kind === "end") open = false;
        // No TLS on a local socket.
        else if (part.kind === "encryption") socket.write("N");
        else {
          if (part.kind === "startup" && part.applicationName === APPENDS) kind = "append";
          await execute(part.messages);
        }
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
    arrivals.note();
    received.add(data);
    void work();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    open = false;
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
