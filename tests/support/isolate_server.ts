import { startIsolate as startReal } from "../../isolates/start_one.ts";
import type { Config } from "../../lib/config.ts";

/** Starts a server in a worker, on a port of its own. */
export async function startIsolate(
  config: Config,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { port, stop } = await startReal({ start: config, isolate: undefined });
  return { port, [Symbol.asyncDispose]: stop };
}
