/** A server as people run it: a process of its own, with the task's own permissions. */
import type { DatabaseConfig } from "../../lib/config.ts";
import project from "../../deno.json" with { type: "json" };
import { freePort } from "./ports.ts";
import { keepLine } from "./suite_log.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The arguments of `deno` in the task `server`: what is tested is what a user runs. */
export function serverArguments(
  dataDir: string,
  mode: string,
  { kvFile = dataDir, filesDir = dataDir }: { kvFile?: string; filesDir?: string } = {},
): string[] {
  const command = project.tasks.server.command.split(" && ").at(-1) ?? "";
  const [deno, ...rest] = command.replaceAll('"', "")
    .replaceAll("$PARLEY_DATA_DIR", dataDir).replaceAll("$KV_FILE", kvFile)
    .replaceAll("$FILES_DIR", filesDir).split(" ");
  if (deno !== "deno") throw new Error("the task server does not end with a call of deno");
  return [...rest, mode];
}

export interface ServerProcess extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** Of the running process. */
  readonly pid: number;
  start(): Promise<void>;
  /** SIGKILL: nothing gets flushed, nobody is told. */
  kill(): Promise<void>;
  /** SIGSTOP: it is there and does nothing, until it goes on where it was. */
  freeze(): void;
  thaw(): void;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
}

/** A server over `database` on a port that stays the same over restarts. Not started yet. */
export async function createServerProcess(
  database: DatabaseConfig,
  environment: Record<string, string> = {},
  {
    onLine = show,
    options = [],
    under = [],
    shared,
    port = freePort(),
  }: {
    /** Called with each line of its log but the least important; without it they are shown. */
    onLine?: (line: string) => void;
    /** Besides the task's own, for Deno. */
    options?: readonly string[];
    /** A program that runs the server: its name and arguments, before the server's own. */
    under?: readonly string[];
    /** A data directory that several processes share, as on one machine: theirs is one KV file. */
    shared?: string;
    /** For whoever has to know it before. */
    port?: number;
  } = {},
): Promise<ServerProcess> {
  if (database.kind === "socket") throw new Error("a process has no isolate to share with");
  const own = database.kind === "server" && shared === undefined
    ? await Deno.makeTempDir({ prefix: "parley-" })
    : undefined;
  const dataDir = database.kind === "embedded" ? database.directory : shared ?? own ?? "";
  const origin = `http://127.0.0.1:${port}`;
  let process: Deno.ChildProcess | undefined;
  let read: Promise<void> = Promise.resolve();

  const end = async (signal: Deno.Signal): Promise<number> => {
    try {
      process?.kill(signal);
    } catch {
      // It ended by itself; its code tells.
    }
    const code = (await process?.status)?.code ?? 0;
    process = undefined;
    await read;
    return code;
  };

  return {
    origin,
    port,
    get pid() {
      return process?.pid ?? 0;
    },
    start: async () => {
      const { PARLEY_KV_URL: kvFile, PARLEY_FILES_URL } = environment;
      const filesDir = /^file:(.+)$/.exec(PARLEY_FILES_URL ?? "")?.[1];
      const server = serverArguments(dataDir, "start", {
        ...(kvFile !== undefined && { kvFile }),
        ...(filesDir !== undefined && { filesDir }),
      }).toSpliced(1, 0, ...options);
      const command = [...under, Deno.execPath(), ...server];
      process = new Deno.Command(command[0] ?? "", {
        args: command.slice(1),
        cwd: ROOT,
        env: {
          HOST: "127.0.0.1",
          PORT: String(port),
          PARLEY_DATA_DIR: dataDir,
          PARLEY_MAIL_URL: "mailbox:",
          PARLEY_LIMITS: "off",
          PARLEY_LOG: "debug",
          ...(database.kind === "server" && { DATABASE_URL: database.url }),
          ...environment,
        },
        stdout: "null",
        stderr: "piped",
      }).spawn();
      read = readLines(process.stderr, (line) => {
        keepLine(line);
        if (!line.includes('"level":"debug"')) onLine(line);
      });
      const ended = process.status.then(({ code }) => {
        throw new Error(`the server at ${origin} ended with ${code} at its start`);
      });
      // Once it has started, that is for `stop` to tell.
      ended.catch(() => {});
      await Promise.race([answering(origin), ended]);
    },
    kill: async () => void await end("SIGKILL"),
    freeze: () => process?.kill("SIGSTOP"),
    thaw: () => process?.kill("SIGCONT"),
    stop: () => end("SIGTERM"),
    [Symbol.asyncDispose]: async () => {
      await end("SIGKILL");
      if (own !== undefined) await Deno.remove(own, { recursive: true });
    },
  };
}

function show(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}

async function readLines(
  from: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of from.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}

async function answering(origin: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      const answer = await fetch(`${origin}/readyz`);
      await answer.body?.cancel();
      if (answer.ok) return;
    } catch {
      // It is still starting.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server at ${origin} did not start within 30 s`);
}
