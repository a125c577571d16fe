/// <reference lib="deno.worker" />
import { messageOf } from "../errors.ts";
import type { WorkerReport } from "./embedded.ts";
import { serveEmbedded } from "./embedded_server.ts";
import { openSession } from "./embedded_session.ts";

type Order = { start: { dataDirectory: string; socketPath: string } } | { stop: true };

const running = new AsyncDisposableStack();

self.onmessage = async (event: MessageEvent<Order>) => {
  try {
    if ("start" in event.data) {
      const { dataDirectory, socketPath } = event.data.start;
      const session = running.use(await openSession(dataDirectory, (failed) => report({ failed })));
      running.use(await serveEmbedded(session, socketPath));
      report({ started: true });
    } else {
      await running.disposeAsync();
      report({ stopped: true });
    }
  } catch (error) {
    report({ failed: messageOf(error) });
  }
};

function report(answer: WorkerReport): void {
  self.postMessage(answer);
}
