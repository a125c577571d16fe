/** Stands between a server and its PostgreSQL, and writes down which statements are executed. */
import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";
import type { DatabaseConfig } from "../../lib/config.ts";

export interface StatementProxy extends AsyncDisposable {
  /** Where a server finds it. */
  readonly config: DatabaseConfig;
  /** The texts of the statements, in the order in which they were asked for. */
  readonly executed: readonly string[];
}

/** @param target a server's, or the socket of an embedded database that runs already */
export async function startStatementProxy(target: DatabaseConfig): Promise<StatementProxy> {
  if (target.kind === "embedded") throw new Error("name its socket");
  const url = target.kind === "server" ? new URL(target.url) : undefined;
  const sockets = new Set<Socket>();
  const executed: string[] = [];
  const server = createServer((near) => {
    const far = target.kind === "socket"
      ? connect(target.path)
      : connect(Number(url?.port), url?.hostname);
    const listen = createListener((statement) => executed.push(statement));
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (data: Uint8Array) => {
      listen(data);
      far.write(data);
    });
    far.on("data", (data) => near.write(data));
  });
  const directory = await Deno.makeTempDir({ prefix: "parley-" });
  const path = `${directory}/proxy.sock`;
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  if (url === undefined) server.listen(path, resolve);
  else server.listen(0, "127.0.0.1", resolve);
  await listening;
  const config = (): DatabaseConfig => {
    const address = server.address();
    if (target.kind !== "server" || address === null || typeof address === "string") {
      return { kind: "socket", path };
    }
    const url = new URL(target.url);
    url.port = String(address.port);
    return { kind: "server", url: url.href };
  };
  return {
    config: config(),
    executed,
    [Symbol.asyncDispose]: async () => {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      await closed;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Reads what a client says (PostgreSQL documentation, chapter 55.7). */
function createListener(onExecute: (statement: string) => void): (data: Uint8Array) => void {
  let received = Buffer.alloc(0);
  let started = false;
  /** By name; the empty name is the latest one's without a name. */
  const statements = new Map<string, string>();
  let bound = "";
  const read = (type: string, body: Buffer) => {
    const words = () => body.toString("utf8").split("\0");
    if (type === "P") {
      const [name = "", text = ""] = words();
      statements.set(name, text);
    } else if (type === "B") bound = statements.get(words()[1] ?? "") ?? "";
    else if (type === "E") onExecute(bound);
    else if (type === "Q") onExecute(words()[0] ?? "");
  };
  return (data) => {
    received = Buffer.concat([received, data]);
    while (true) {
      // The first message of a connection has no type.
      const head = started ? 1 : 0;
      if (received.length < head + 4) return;
      const end = head + received.readInt32BE(head);
      if (received.length < end) return;
      if (started) read(String.fromCharCode(received[0] ?? 0), received.subarray(5, end));
      started = true;
      received = received.subarray(end);
    }
  };
}
