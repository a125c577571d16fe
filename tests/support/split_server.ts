/** Parley in four servers of one process, each with one role, over one PostgreSQL database. */
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import type { Config, DatabaseConfig, Role } from "../../lib/config.ts";
import type { Log } from "../../lib/log.ts";
import { freePort } from "./ports.ts";
import { startTestServer, type TestServer } from "./test_server.ts";

export interface SplitServer extends AsyncDisposable {
  /** Of the gate. */
  readonly origin: string;
  originOf(role: Role): string;
  /** It is away without a word to anybody who asks it, until it is started again. */
  stop(role: Role): Promise<void>;
  start(role: Role): Promise<void>;
}

export async function startSplitServer(
  database: DatabaseConfig,
  log: Log,
  change: Partial<Config> = {},
): Promise<SplitServer> {
  await using cleanup = new AsyncDisposableStack();
  const wire = createMemoryWire();
  const kvFile = await Deno.makeTempFile({ prefix: "parley-kv-", suffix: ".sqlite" });
  cleanup.defer(async () => {
    for (const end of ["", "-wal", "-shm"]) await Deno.remove(kvFile + end).catch(() => {});
  });
  const roles: Role[] = ["status", "verify", "chat", "gate"];
  const ports = new Map(roles.map((role) => [role, freePort()]));
  const originOf = (role: Role) => `http://127.0.0.1:${ports.get(role)}`;
  const running = new Map<Role, TestServer>();
  const start = async (role: Role) => {
    const bus = wire.open();
    const server = await startTestServer(database, {
      roles: new Set([role]),
      port: ports.get(role) ?? 0,
      kvPath: kvFile,
      statusUrls: role === "gate" || role === "chat" ? [originOf("status")] : [],
      verifyUrls: role === "gate" ? [originOf("verify")] : [],
      node: {
        id: role,
        url: role === "chat" ? `${originOf("chat").replace("http", "ws")}/api/v1/chat` : undefined,
        region: "local",
        capacity: 20_000,
        weight: 1,
      },
      ...change,
    }, { log, bus });
    running.set(role, server);
  };
  const stop = async (role: Role) => {
    const server = running.get(role);
    running.delete(role);
    await server?.[Symbol.asyncDispose]();
  };
  cleanup.defer(async () => {
    for (const role of roles.toReversed()) await stop(role);
  });
  for (const role of roles) await start(role);
  const resources = cleanup.move();
  return {
    origin: originOf("gate"),
    originOf,
    start,
    stop,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
