/// <reference lib="deno.worker" />
/** A server in an isolate of its own. */
import type { Config } from "../../lib/config.ts";
import { quietLog } from "./test_server.ts";
import { type Server, startServer } from "../../server.ts";

export type IsolateOrder = { start: Config } | { stop: true };
export type IsolateReport = { port: number } | { stopped: true } | { failed: string };

let server: Server | undefined;

self.onmessage = async (event: MessageEvent<IsolateOrder>) => {
  try {
    if ("start" in event.data) {
      server = await startServer(event.data.start, { log: quietLog });
      report({ port: server.port });
    } else {
      await server?.[Symbol.asyncDispose]();
      report({ stopped: true });
    }
  } catch (error) {
    report({ failed: String(error) });
  }
};

function report(answer: IsolateReport): void {
  self.postMessage(answer);
}
