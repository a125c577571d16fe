/** A member who never reads: the connection is open, its buffers fill, and nobody empties them. */
import { eventually, within } from "./deadline.ts";
import { upgradeRequest } from "./raw_socket.ts";
import { readTcpConnections, type TcpConnection } from "./tcp_connections.ts";

export interface SilentReader extends Disposable {
  /** The port of its own end. */
  readonly ownPort: number;
  write(bytes: Uint8Array): Promise<void>;
  /** The server's end of the connection; undefined once it is cut. */
  serverEnd(): Promise<TcpConnection | undefined>;
  /** Bytes in the buffers of both kernels. */
  inKernels(): Promise<number>;
}

export async function openSilentReader(port: number, ticket: string): Promise<SilentReader> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const own = (connection.localAddr as Deno.NetAddr).port;
  const request = upgradeRequest("/api/v1/chat", {
    "Sec-WebSocket-Protocol": `parley.v1, ticket.${ticket}`,
  });
  await connection.write(new TextEncoder().encode(request));
  const ends = async () => {
    const all = await readTcpConnections(port);
    const server = all.find((one) => one.localPort === port && one.remotePort === own);
    const client = all.find((one) => one.localPort === own && one.remotePort === port);
    return { server, unread: client?.unread ?? 0 };
  };
  // The first frame is there, unread: more than the head of the answer to the upgrade.
  await eventually(async () => (await ends()).unread > 300, "session.ready", 20_000);
  return {
    ownPort: own,
    write: async (bytes) => {
      for (let rest = bytes; rest.length > 0;) {
        rest = rest.subarray(await within(connection.write(rest), "writing"));
      }
    },
    serverEnd: async () => {
      const { server } = await ends();
      return server?.established === true ? server : undefined;
    },
    inKernels: async () => {
      const { server, unread } = await ends();
      return (server?.sending ?? 0) + unread;
    },
    [Symbol.dispose]: () => {
      try {
        connection.close();
      } catch {
        // The runtime closed it after a reset.
      }
    },
  };
}

/** How many of `readers` the server on `port` has not cut. */
export async function countConnected(
  port: number,
  readers: readonly SilentReader[],
): Promise<number> {
  const own = new Set(readers.map(({ ownPort }) => ownPort));
  const all = await readTcpConnections(port);
  return all.filter((one) => own.has(one.remotePort) && one.established).length;
}
