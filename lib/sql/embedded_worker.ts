/// <reference lib="deno.worker" />
import { PGlite } from "@electric-sql/pglite";
import { messageOf } from "../errors.ts";
import type { WorkerReport } from "./embedded.ts";
import { serveEmbedded } from "./embedded_server.ts";

type Order = { start: { dataDirectory: string; socketPath: string } } | { stop: true };

let database: PGlite | undefined;
let server: AsyncDisposable | undefined;

self.onmessage = async (event: MessageEvent<Order>) => {
  try {
    if ("start" in event.data) {
      const { dataDirectory, socketPath } = event.data.start;
      database = await PGlite.create({ dataDir: dataDirectory });
      server = await serveEmbedded(database, socketPath);
      report({ started: true });
    } else {
      await server?.[Symbol.asyncDispose]();
      await database?.close();
      report({ stopped: true });
    }
  } catch (error) {
    report({ failed: messageOf(error) });
  }
};

function report(answer: WorkerReport): void {
  self.postMessage(answer);
}
