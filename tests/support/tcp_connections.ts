/** What the kernel knows of the TCP connections of this machine (Linux: `/proc/net/tcp`). */

export type TcpConnection = {
  localPort: number;
  remotePort: number;
  established: boolean;
  /** Bytes that were written and not yet taken by the other side's kernel. */
  sending: number;
  /** Bytes that came and were not read yet. */
  unread: number;
};

export async function readTcpConnections(): Promise<TcpConnection[]> {
  const table = await Deno.readTextFile("/proc/net/tcp");
  return table.trim().split("\n").slice(1).map((line) => {
    const [, local = "", remote = "", state, queues = ""] = line.trim().split(/\s+/);
    const port = (address: string) => parseInt(address.split(":")[1] ?? "", 16);
    const [sending = 0, unread = 0] = queues.split(":").map((hex) => parseInt(hex, 16));
    return {
      localPort: port(local),
      remotePort: port(remote),
      established: state === "01",
      sending,
      unread,
    };
  });
}
