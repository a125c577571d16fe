/** Below the range from which Linux takes the ports of outgoing connections. */
const FIRST = 10_000;
const END = 32_000;

/**
 * A port of 127.0.0.1 that was free a moment ago, and that no connection takes by chance: so that a
 * server that is started again finds it free again.
 */
export function freePort(): number {
  while (true) {
    const port = FIRST + Math.floor(Math.random() * (END - FIRST));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
