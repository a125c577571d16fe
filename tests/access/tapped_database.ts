/** A way to a database on which it can be heard what is asked of it. */
import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";
import { createClientMessages } from "../../lib/sql/embedded_messages.ts";

export interface Tap extends AsyncDisposable {
  /** The socket to connect to. */
  readonly path: string;
  /** The statements that come through while `doing` runs, in their order. */
  record<T>(doing: () => Promise<T>): Promise<{ result: T; statements: string[] }>;
}

/** @param target the socket of the database */
export async function openTap(target: string, path: string): Promise<Tap> {
  const listeners = new Set<(statement: string) => void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const database = connect(target);
    const read = createStatementReader((statement) => {
      for (const listener of listeners) listener(statement);
    });
    socket.on("data", read);
    socket.pipe(database).pipe(socket);
    for (const end of [socket, database]) {
      sockets.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        sockets.delete(end);
        socket.destroy();
        database.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    record: async (doing) => {
      const statements: string[] = [];
      const listener = (statement: string) => void statements.push(statement);
      listeners.add(listener);
      try {
        return { result: await doing(), statements };
      } finally {
        listeners.delete(listener);
      }
    },
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Of one connection: a statement is parsed once under a name, and bound by it each time it runs. */
function createStatementReader(tell: (statement: string) => void): (data: Uint8Array) => void {
  const received = createClientMessages();
  const parsed = new Map<string, string>();
  const decoder = new TextDecoder();
  return (data) => {
    // The words of a message end in zeros.
    received.add(Buffer.from(data));
    for (let part = received.take(); part !== undefined; part = received.take()) {
      if (part.kind !== "request") continue;
      const bytes = Buffer.from(part.messages);
      for (let at = 0; at < bytes.length;) {
        const type = String.fromCharCode(bytes.readUInt8(at));
        const end = at + 1 + bytes.readInt32BE(at + 1);
        const [first = "", second = ""] = decoder.decode(bytes.subarray(at + 5, end)).split("\0");
        if (type === "P") parsed.set(first, second);
        else if (type === "B") tell(parsed.get(second) ?? "a statement that was never parsed");
        else if (type === "Q") tell(first);
        at = end;
      }
    }
  };
}
