/** A server as people run it: a process of its own, with the task's own permissions. */
import type { DatabaseConfig } from "../../lib/config.ts";
import project from "../../deno.json" with { type: "json" };
import { freePort } from "./ports.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The arguments of `deno` in the task `server`: what is tested is what a user runs. */
export function serverArguments(dataDir: string, mode: string): string[] {
  const command = project.tasks.server.command.split(" && ").at(-1) ?? "";
  const [deno, ...rest] = command.replaceAll('"', "")
    .replace(/\$(PARLEY_DATA_DIR|KV_FILE)/g, dataDir).split(" ");
  if (deno !== "deno") throw new Error("the task server does not end with a call of deno");
  return [...rest, mode];
}

export interface ServerProcess extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** Of the process that runs now. */
  readonly pid: number;
  start(): Promise<void>;
  /** SIGKILL: nothing gets flushed, nobody is told. */
  kill(): Promise<void>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
}

/**
 * A server over `database` on a port that stays the same over restarts. Not started yet.
 *
 * @param onLine called with each line of its log; without it the log goes where the test's own goes
 */
export async function createServerProcess(
  database: DatabaseConfig,
  environment: Record<string, string> = {},
  onLine?: (line: string) => void,
): Promise<ServerProcess> {
  if (database.kind === "socket") throw new Error("a process has no isolate to share with");
  const own = database.kind === "server"
    ? await Deno.makeTempDir({ prefix: "parley-" })
    : undefined;
  const dataDir = database.kind === "embedded" ? database.directory : own ?? "";
  const port = freePort();
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
      if (process === undefined) throw new Error("the server does not run");
      return process.pid;
    },
    start: async () => {
      process = new Deno.Command(Deno.execPath(), {
        args: serverArguments(dataDir, "start"),
        cwd: ROOT,
        env: {
          HOST: "127.0.0.1",
          PORT: String(port),
          PARLEY_DATA_DIR: dataDir,
          PARLEY_MAIL_URL: "mailbox:",
          PARLEY_LIMITS: "off",
          ...(database.kind === "server" && { DATABASE_URL: database.url }),
          ...environment,
        },
        stdout: "null",
        stderr: onLine === undefined ? "inherit" : "piped",
      }).spawn();
      if (onLine !== undefined) read = readLines(process.stderr, onLine);
      await answering(origin);
    },
    kill: async () => void await end("SIGKILL"),
    stop: () => end("SIGTERM"),
    [Symbol.asyncDispose]: async () => {
      await end("SIGKILL");
      if (own !== undefined) await Deno.remove(own, { recursive: true });
    },
  };
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
