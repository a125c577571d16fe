/// <reference lib="deno.worker" />
/** One of the isolates that share the port: a server that `start_one.ts` starts and stops. */
import type { Config } from "../lib/config.ts";
import { messageOf, StartError } from "../lib/errors.ts";
import { createLog, withFields } from "../lib/log.ts";
import { logStrayErrors } from "../lib/stray_errors.ts";
import { type Server, startServer } from "../server.ts";

/** `isolate`: what it is called where it shares the port with others. */
export type StartOrder = { start: Config; isolate: string | undefined };
export type IsolateOrder = StartOrder | { stop: true };
export type IsolateReport =
  | { port: number }
  | { stopped: true }
  /** The text of a StartError: errors lose what they are on their way to another isolate. */
  | { refused: string }
  | { failed: string };

let server: Server | undefined;

self.onmessage = async ({ data }: MessageEvent<IsolateOrder>) => {
  try {
    if ("start" in data) report({ port: (server = await start(data)).port });
    else {
      await server?.[Symbol.asyncDispose]();
      report({ stopped: true });
    }
  } catch (error) {
    if (error instanceof StartError) return report({ refused: error.message });
    const failed = error instanceof Error ? error.stack ?? error.message : messageOf(error);
    report({ failed });
  }
};

async function start({ start: config, isolate }: StartOrder): Promise<Server> {
  const own = createLog(config.mode === "dev" ? "text" : "json", config.logLevel);
  const log = isolate === undefined ? own : withFields(own, { isolate });
  logStrayErrors(log);
  return await startServer(config, { log, isolate });
}

function report(answer: IsolateReport): void {
  self.postMessage(answer);
}
