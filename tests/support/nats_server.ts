/** A private NATS server for tests: its own port, ended by process id. */
import { freePort } from "./ports.ts";

export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  /** SIGKILL; `start` brings one back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Debian's server, or undefined where it is not installed. */
export function findNats(): string | undefined {
  return ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"]
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

export async function startNats(args: readonly string[] = []): Promise<NatsServer> {
  const program = findNats();
  if (program === undefined) throw new Error("nats-server is not installed");
  const port = freePort();
  let server: Deno.ChildProcess | undefined;
  const kill = async () => {
    server?.kill("SIGKILL");
    await server?.status;
    server = undefined;
  };
  const start = async () => {
    server = new Deno.Command(program, {
      args: ["-a", "127.0.0.1", "-p", String(port), ...args],
      stdout: "null",
      stderr: "null",
    }).spawn();
    await listening(port);
  };
  await start();
  return { port, kill, start, [Symbol.asyncDispose]: kill };
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      using _ = await Deno.connect({ hostname: "127.0.0.1", port });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error("nats-server did not start within 5 s");
}
