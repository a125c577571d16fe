/**
 * A whole installation as separate processes: two gates, two status services, verify and three chat
 * nodes over one PostgreSQL and one NATS server. Whoever asks somebody else does so through a proxy
 * of that pair's own, so that any two can be cut apart.
 */
import type { DatabaseConfig } from "../../lib/config.ts";
import { type FaultyProxy, startFaultyProxy } from "./faulty_proxy.ts";
import { freePort } from "./ports.ts";
import { createServerProcess, type ServerProcess } from "./server_process.ts";
import { TEST_SECRET } from "./test_server.ts";

export const GATES = ["gate-1", "gate-2"] as const;
export const STATUSES = ["status-1", "status-2"] as const;
export const CHATS = ["chat-1", "chat-2", "chat-3"] as const;
export const PROCESSES = [...STATUSES, "verify", ...CHATS, ...GATES] as const;
export type ProcessName = typeof PROCESSES[number];
/** Whoever reaches somebody: a process, or all that is outside. */
export type Caller = ProcessName | "clients";
/** Whoever is reached. */
export type Called = ProcessName | "database" | "bus";

export interface Cluster extends AsyncDisposable {
  process(name: ProcessName): ServerProcess;
  /** The way between two. @throws where the one never asks the other */
  link(from: Caller, to: Called): FaultyProxy;
  /** Where clients find the gates. */
  readonly gates: readonly string[];
  readonly kvFile: string;
  /** The last lines that each process logged. */
  logs(): string;
}

/** Lines of each process's log that are kept. */
const KEPT = 2_000;
const SHOWN = 30;
const WIDTH = 240;

/**
 * @param database a server's
 * @param bus the port of a NATS server on loopback
 */
export async function startCluster(database: DatabaseConfig, bus: number): Promise<Cluster> {
  if (database.kind !== "server") throw new Error("processes share a database server");
  const { url } = database;
  await using cleanup = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "parley-cluster-" });
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const kvFile = `${directory}/kv.sqlite`;

  const ports = new Map<Called, number>(PROCESSES.map((name) => [name, freePort()]));
  ports.set("database", Number(new URL(url).port || 5432));
  ports.set("bus", bus);
  const links = new Map<string, FaultyProxy>();
  /** The port at which `from` finds `to`. */
  const reach = (from: Caller, to: Called): number => {
    const known = links.get(`${from} ${to}`);
    if (known !== undefined) return known.port;
    const proxy = cleanup.use(startFaultyProxy(ports.get(to) ?? 0));
    links.set(`${from} ${to}`, proxy);
    return proxy.port;
  };
  const origins = (from: Caller, to: readonly ProcessName[]) =>
    to.map((name) => `http://127.0.0.1:${reach(from, name)}`);

  const settings = (name: ProcessName): Record<string, string> => {
    const role = name.split("-")[0] ?? "";
    const own = new URL(url);
    own.port = String(reach(name, "database"));
    return {
      PARLEY_ROLES: role,
      PARLEY_SECRET: TEST_SECRET,
      PARLEY_NODE_ID: name,
      DATABASE_URL: own.href,
      ...(role !== "verify" && role !== "status" && {
        PARLEY_BUS_URL: `nats://127.0.0.1:${reach(name, "bus")}`,
        PARLEY_STATUS_URL: origins(name, STATUSES).join(),
      }),
      ...(role === "gate" && { PARLEY_VERIFY_URL: origins(name, ["verify"]).join() }),
      ...(role === "chat" && {
        PARLEY_NODE_URL: `ws://127.0.0.1:${reach("clients", name)}/api/v1/chat`,
      }),
      ...((role === "verify" || role === "status") && { PARLEY_KV_URL: kvFile }),
    };
  };

  const processes = new Map<ProcessName, ServerProcess>();
  const lines = new Map<ProcessName, string[]>();
  for (const name of PROCESSES) {
    const kept: string[] = [];
    lines.set(name, kept);
    const process = await createServerProcess(database, settings(name), {
      port: ports.get(name) ?? 0,
      onLine: (line) => {
        kept.push(line);
        if (kept.length > KEPT) kept.splice(0, KEPT / 2);
      },
    });
    processes.set(name, cleanup.use(process));
  }
  // Those first whom the others ask.
  for (const names of [[...STATUSES, "verify"], CHATS, GATES] as const) {
    await Promise.all(names.map((name) => processes.get(name)?.start()));
  }

  const gates = origins("clients", GATES);
  const resources = cleanup.move();
  return {
    process: (name) => found(processes.get(name), name),
    link: (from, to) => found(links.get(`${from} ${to}`), `a way from ${from} to ${to}`),
    gates,
    kvFile,
    logs: () =>
      PROCESSES.flatMap((name) => [
        `--- ${name}`,
        ...(lines.get(name)?.slice(-SHOWN).map((line) => line.slice(0, WIDTH)) ?? []),
      ]).join("\n"),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}
