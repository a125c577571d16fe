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

/** Those to and from `port`. The table may have tens of thousands of others, long closed. */
export async function readTcpConnections(port: number): Promise<TcpConnection[]> {
  const table = await Deno.readTextFile("/proc/net/tcp");
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  return table.split("\n").filter((line) => line.includes(wanted)).map((line) => {
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
