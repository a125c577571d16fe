/** A real server in this process, on a port of its own (for plain HTTP calls: api_server.ts). */
import type { Config, DatabaseConfig } from "../../lib/config.ts";
import type { Parts } from "../../lib/context.ts";
import { createLog, type Log } from "../../lib/log.ts";
import { type Server, startServer } from "../../server.ts";
import { filesBeside } from "./files_beside.ts";
import { suiteLog } from "./suite_log.ts";

export const TEST_SECRET = "a secret that only these tests share with nobody";

export function testConfig(database: DatabaseConfig, change: Partial<Config> = {}): Config {
  return {
    mode: "dev",
    host: "127.0.0.1",
    port: 0,
    dataDir: database.kind === "embedded" ? database.directory : "/nonexistent",
    database,
    kvPath: ":memory:",
    files: { kind: "disk", directory: filesBeside(database) },
    quota: 1024 ** 3,
    largestFile: 1024 ** 3,
    previews: false,
    bus: { kind: "broadcast" },
    mailUrl: "mailbox:",
    mailFrom: undefined,
    acceptedSecret: undefined,
    admins: new Set(),
    logLevel: "info",
    secret: TEST_SECRET,
    origins: [],
    allowOwnOrigin: true,
    roles: new Set(["gate", "chat", "status", "verify"]),
    statusUrls: [],
    verifyUrls: [],
    node: { id: crypto.randomUUID(), url: undefined, region: "local", capacity: 20_000, weight: 1 },
    balance: "least-connections",
    workers: 1,
    trustedProxies: [],
    limits: false,
    ...change,
  };
}

export type TestServer = Server & { readonly origin: string };

const shown = createLog("text", "warn");

/** Only warnings and errors are shown; everything is kept for the report at the end. */
export const quietLog: Log = {
  debug: suiteLog.debug,
  info: suiteLog.info,
  warn: (event, fields) => {
    suiteLog.warn(event, fields);
    shown.warn(event, fields);
  },
  error: (event, fields) => {
    suiteLog.error(event, fields);
    shown.error(event, fields);
  },
};

export async function startTestServer(
  database: DatabaseConfig,
  change: Partial<Config> = {},
  parts: Partial<Parts> = {},
): Promise<TestServer> {
  // Nobody is refused because the machine that runs the tests is busy.
  const all: Parts = { log: quietLog, delay: () => 0, ...parts };
  const server = await startServer(testConfig(database, change), all);
  return Object.assign(server, { origin: `http://127.0.0.1:${server.port}` });
}
