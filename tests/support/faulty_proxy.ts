/** A TCP proxy that cuts connections, refuses them, and holds up their bytes: the network that tests deserve. */

import { freePort } from "./ports.ts";

/** A way of the bytes: from whoever connects to whom they reach, or of the answers. */
export type Way = "there" | "back";

export interface FaultyProxy extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  /** How many there are. */
  readonly connections: number;
  /** Cuts every connection that `choose` picks; the answer is how many those were. */
  cut(choose?: () => boolean): number;
  /** While false, connecting is refused; the connections there are go on. */
  reachable: boolean;
  /**
   * From now on nothing comes through these ways, also not that a connection has ended: it waits, as
   * it does in a network without a way. Both: connections are accepted and stay silent.
   */
  stall(...ways: readonly Way[]): void;
  /** Ends what the two above began: what waited comes through. */
  heal(): void;
  /** Loses what comes these ways on the connections there are, for ever; new ones are well. */
  lose(...ways: readonly Way[]): void;
}

export function startFaultyProxy(port: number): FaultyProxy {
  const own = freePort();
  const connections = new Set<{ lost: Set<Way>; cut(): void }>();
  const ways = { there: createGate(), back: createGate() };
  let listening: { stop(): Promise<void> } | undefined;

  const setReachable = (reachable: boolean) => {
    if (reachable) listening ??= accept(own, carry);
    else {
      void listening?.stop();
      listening = undefined;
    }
  };

  const heal = () => {
    setReachable(true);
    ways.there.open();
    ways.back.open();
  };

  const carry = async (near: Deno.TcpConn) => {
    let far: Deno.TcpConn | undefined;
    const connection = {
      lost: new Set<Way>(),
      cut: () => {
        connections.delete(connection);
        close(near);
        if (far !== undefined) close(far);
      },
    };
    connections.add(connection);
    try {
      await ways.there.passed();
      far = await Deno.connect({ hostname: "127.0.0.1", port });
    } catch {
      await ways.back.passed();
      return connection.cut();
    }
    // It may have been cut while it waited.
    if (!connections.has(connection)) return close(far);
    near.setNoDelay(true);
    far.setNoDelay(true);
    const pipes = [
      pipe(near, far, ways.there, () => connection.lost.has("there")),
      pipe(far, near, ways.back, () => connection.lost.has("back")),
    ];
    await Promise.race(pipes);
    const [left, right] = [near, far];
    await Promise.all([
      ways.there.passed().then(() => close(right)),
      ways.back.passed().then(() => close(left)),
      ...pipes,
    ]);
    connections.delete(connection);
  };

  setReachable(true);
  return {
    port: own,
    origin: `http://127.0.0.1:${own}`,
    get connections() {
      return connections.size;
    },
    get reachable() {
      return listening !== undefined;
    },
    set reachable(value: boolean) {
      setReachable(value);
    },
    cut: (choose = () => true) => {
      const chosen = [...connections].filter(choose);
      for (const connection of chosen) connection.cut();
      return chosen.length;
    },
    stall: (...stalled) => {
      for (const way of stalled) ways[way].shut();
    },
    heal,
    lose: (...lost) => {
      for (const connection of connections) {
        for (const way of lost) connection.lost.add(way);
      }
    },
    [Symbol.asyncDispose]: async () => {
      const ending = listening?.stop();
      listening = undefined;
      for (const way of Object.values(ways)) way.open();
      for (const connection of [...connections]) connection.cut();
      await ending;
    },
  };
}

function accept(
  port: number,
  carry: (connection: Deno.TcpConn) => Promise<void>,
): { stop(): Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const accepting = (async () => {
    for await (const connection of listener) void carry(connection);
  })();
  return {
    stop: async () => {
      listener.close();
      await accepting;
    },
  };
}

type Gate = { open(): void; shut(): void; passed(): Promise<void> };

function createGate(): Gate {
  let shut: PromiseWithResolvers<void> | undefined;
  return {
    open: () => {
      shut?.resolve();
      shut = undefined;
    },
    shut: () => shut ??= Promise.withResolvers(),
    passed: async () => {
      while (shut !== undefined) await shut.promise;
    },
  };
}

/** Ends when either side does. */
async function pipe(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  way: Gate,
  isLost: () => boolean,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (true) {
      const length = await from.read(buffer);
      if (length === null) return;
      await way.passed();
      if (isLost()) continue;
      for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
    }
  } catch {
    // One of them was closed, or broke.
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed before.
  }
}
