/** A TCP relay that cuts a connection, or changes what it carries, at a byte that a test chooses. */
import { freePort } from "./ports.ts";

/** From whoever connects to whom they reach, or the answers. */
export type Way = "there" | "back";

export interface ByteRelay extends AsyncDisposable {
  readonly port: number;
  /** Once: cuts the connection that carries this byte, counted from now, without it. */
  cutAt(way: Way, byte: number): void;
  /** Once: turns every bit of this byte. */
  changeAt(way: Way, byte: number): void;
  /** How many of those have happened. */
  readonly faults: number;
}

type Fault = { way: Way; left: number; kind: "cut" | "change" };

export function startByteRelay(port: number): ByteRelay {
  const own = freePort();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: own });
  const open = new Set<Deno.TcpConn>();
  let fault: Fault | undefined;
  let faults = 0;

  /** Whether the connection goes on. */
  const passes = (way: Way, bytes: Uint8Array): boolean => {
    if (fault?.way !== way) return true;
    if (fault.left >= bytes.length) {
      fault.left -= bytes.length;
      return true;
    }
    const { kind, left } = fault;
    fault = undefined;
    faults++;
    if (kind === "cut") return false;
    bytes[left] = ~(bytes[left] ?? 0);
    return true;
  };

  const pipe = async (from: Deno.TcpConn, to: Deno.TcpConn, way: Way) => {
    const buffer = new Uint8Array(64 * 1024);
    try {
      while (true) {
        const length = await from.read(buffer);
        if (length === null || !passes(way, buffer.subarray(0, length))) return;
        for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
      }
    } catch {
      // One of them was closed, or broke.
    }
  };

  const carry = async (near: Deno.TcpConn) => {
    open.add(near);
    const far = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (far !== undefined) {
      open.add(far);
      await Promise.race([pipe(near, far, "there"), pipe(far, near, "back")]);
    }
    for (const connection of [near, far]) close(connection);
  };

  const close = (connection: Deno.TcpConn | undefined) => {
    if (connection !== undefined && open.delete(connection)) connection.close();
  };

  const accepting = (async () => {
    for await (const connection of listener) void carry(connection);
  })();
  return {
    port: own,
    cutAt: (way, left) => void (fault = { way, left, kind: "cut" }),
    changeAt: (way, left) => void (fault = { way, left, kind: "change" }),
    get faults() {
      return faults;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const connection of [...open]) close(connection);
    },
  };
}
