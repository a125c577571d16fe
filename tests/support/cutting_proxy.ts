/** A TCP proxy that cuts connections: the network that tests deserve. */

export interface CuttingProxy extends AsyncDisposable {
  readonly origin: string;
  /** Cuts every connection that `choose` picks; the answer is how many those were. */
  cut(choose?: () => boolean): number;
  /** While false, connections are cut as soon as they are made. */
  reachable: boolean;
  /** Loses what is sent on the connections there are, one way or both, and leaves them open. */
  silence(ways: { toServer?: boolean; toClient?: boolean }): void;
}

export function startCuttingProxy(port: number): CuttingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<{ toServer: boolean; toClient: boolean; cut(): void }>();
  let reachable = true;
  let open = true;

  const carry = async (near: Deno.TcpConn) => {
    let far: Deno.TcpConn;
    try {
      if (!reachable) throw new Error("unreachable");
      far = await Deno.connect({ hostname: "127.0.0.1", port });
    } catch {
      near.close();
      return;
    }
    const connection = {
      toServer: true,
      toClient: true,
      cut: () => {
        connections.delete(connection);
        for (const side of [near, far]) {
          try {
            side.close();
          } catch {
            // It was closed by its own end.
          }
        }
      },
    };
    connections.add(connection);
    const pipes = [
      near.readable.pipeThrough(passing(() => connection.toServer)).pipeTo(far.writable),
      far.readable.pipeThrough(passing(() => connection.toClient)).pipeTo(near.writable),
    ];
    await Promise.any(pipes.map((pipe) => pipe.then(() => {}, () => {})));
    connection.cut();
    await Promise.allSettled(pipes);
  };

  const accepting = (async () => {
    while (open) {
      try {
        void carry(await listener.accept());
      } catch {
        // The listener was closed.
      }
    }
  })();

  return {
    origin: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    get reachable() {
      return reachable;
    },
    set reachable(value: boolean) {
      reachable = value;
    },
    silence: ({ toServer = false, toClient = false }) => {
      for (const connection of connections) {
        if (toServer) connection.toServer = false;
        if (toClient) connection.toClient = false;
      }
    },
    cut: (choose = () => true) => {
      const chosen = [...connections].filter(choose);
      for (const connection of chosen) connection.cut();
      return chosen.length;
    },
    [Symbol.asyncDispose]: async () => {
      open = false;
      listener.close();
      for (const connection of [...connections]) connection.cut();
      await accepting;
    },
  };
}

function passing(isOpen: () => boolean): TransformStream<Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform: (chunk, controller) => {
      if (isOpen()) controller.enqueue(chunk);
    },
  });
}
