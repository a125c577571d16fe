/// <reference lib="deno.worker" />
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { messageOf } from "../errors.ts";
import type { WorkerReport } from "./embedded.ts";

type Order = { start: { dataDirectory: string; socketPath: string } } | { stop: true };

/** Isolates of one process that may be connected at once. */
const MAX_CONNECTIONS = 32;

let database: PGlite | undefined;
let server: PGLiteSocketServer | undefined;

self.onmessage = async (event: MessageEvent<Order>) => {
  try {
    if ("start" in event.data) {
      const { dataDirectory, socketPath } = event.data.start;
      database = await PGlite.create({ dataDir: dataDirectory });
      server = new PGLiteSocketServer({
        db: database,
        path: socketPath,
        maxConnections: MAX_CONNECTIONS,
      });
      await server.start();
      report({ started: true });
    } else {
      await server?.stop();
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
