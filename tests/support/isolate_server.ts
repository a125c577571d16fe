import type { Config } from "../../lib/config.ts";
import type { IsolateOrder, IsolateReport } from "./isolate_worker.ts";

/** Starts a server in a worker, so that several share this process as isolates do. */
export async function startIsolate(
  config: Config,
): Promise<AsyncDisposable & { readonly port: number }> {
  const worker = new Worker(new URL("./isolate_worker.ts", import.meta.url), { type: "module" });
  const ask = (order: IsolateOrder): Promise<IsolateReport> => {
    const { promise, resolve, reject } = Promise.withResolvers<IsolateReport>();
    worker.onmessage = (event: MessageEvent<IsolateReport>) => resolve(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`the isolate failed: ${event.message}`));
    };
    worker.postMessage(order);
    return promise;
  };
  const report = await ask({ start: config });
  if (!("port" in report)) throw new Error(JSON.stringify(report));
  return {
    port: report.port,
    [Symbol.asyncDispose]: async () => {
      await ask({ stop: true });
      worker.terminate();
    },
  };
}
