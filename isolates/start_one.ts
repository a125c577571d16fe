/** Starts a server in an isolate of its own, and hears of its end. */
import { SERVER_ENDS_WITHIN } from "../server.ts";
import type { IsolateOrder, IsolateReport, StartOrder } from "./inside.ts";
import { messageOf, StartError } from "../lib/errors.ts";
import { atMost, realTimers } from "../lib/timers.ts";

export interface Isolate {
  readonly port: number;
  /** Resolves with the reason when the isolate ends by itself. */
  readonly died: Promise<string>;
  /** Lets the server finish, and ends the isolate when it has or the time is over. */
  stop(): Promise<void>;
}

/** Milliseconds: a little more than a server takes by itself, so that none is cut within its bounds. */
const STOP_WITHIN = SERVER_ENDS_WITHIN + 250;

const INSIDE = new URL("./inside.ts", import.meta.url);

/**
 * @param parts `module` is what runs in the isolate: tests have one that dies when it is told to;
 * `calledOff` ends one that has not started, whatever it waits for
 * @throws StartError when the server cannot start
 */
export async function startIsolate(
  order: StartOrder,
  parts: { module?: URL | undefined; calledOff?: AbortSignal | undefined } = {},
): Promise<Isolate> {
  const { module = INSIDE, calledOff } = parts;
  const worker = new Worker(module, { type: "module" });
  const { promise: died, resolve: die } = Promise.withResolvers<string>();
  worker.onerror = (event) => {
    event.preventDefault();
    die(event.message);
  };
  const ask = (order: IsolateOrder): Promise<IsolateReport> => {
    const { promise, resolve } = Promise.withResolvers<IsolateReport>();
    worker.onmessage = (event: MessageEvent<IsolateReport>) => resolve(event.data);
    worker.postMessage(order);
    return Promise.race([promise, died.then((failed) => ({ failed }))]);
  };
  const report = await Promise.race([ask(order), failureBy(calledOff)]);
  if (!("port" in report)) {
    worker.terminate();
    if ("refused" in report) throw new StartError(report.refused);
    throw new Error(`an isolate did not start: ${JSON.stringify(report)}`);
  }
  return {
    port: report.port,
    died,
    stop: async () => {
      await atMost(realTimers, STOP_WITHIN, ask({ stop: true }));
      worker.terminate();
    },
  };
}

function failureBy(calledOff: AbortSignal | undefined): Promise<IsolateReport> {
  return new Promise((resolve) => {
    const fail = () => resolve({ failed: messageOf(calledOff?.reason) });
    if (calledOff?.aborted) fail();
    calledOff?.addEventListener("abort", fail, { once: true });
  });
}
