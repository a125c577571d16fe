/** A real S3-compatible server for tests: its own folder and port, ended by process id. */
import { parseFilesUrl } from "../../lib/files_url.ts";
import type { S3Config } from "../../lib/files/s3_client.ts";
import { freePort } from "./ports.ts";

export const S3_BUCKET = "parley-test";
const ACCESS_KEY = "parley";
/** As such keys are: with what has to be escaped in an address. */
const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

export interface S3Server extends AsyncDisposable {
  readonly port: number;
  /** What a server is told by PARLEY_FILES_URL; through a proxy on another port. */
  url(port?: number): string;
  config(port?: number): S3Config;
  /** SIGKILL; `start` brings it back on the same port, with the same files. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

type Program = { path: string; args(port: number, directory: string): string[] };

const PLACES = ["/usr/local/bin", "/usr/bin", "/opt/parley-tests/bin"];

/** rclone's S3 server, or Versity's gateway: whichever is installed. Undefined where neither is. */
export function findS3(): Program | undefined {
  return [
    find("rclone", (port, directory) => [
      ...["serve", "s3", directory, "--addr", `127.0.0.1:${port}`],
      ...["--auth-key", `${ACCESS_KEY},${SECRET_KEY}`, "--config", "/dev/null"],
    ]),
    find("versitygw", (port, directory) => [
      ...["--port", `127.0.0.1:${port}`, "--access", ACCESS_KEY, "--secret", SECRET_KEY],
      ...["posix", directory],
    ]),
  ].find((program) => program !== undefined);
}

function find(name: string, args: Program["args"]): Program | undefined {
  const path = PLACES.map((place) => `${place}/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  return path === undefined ? undefined : { path, args };
}

export async function startS3(): Promise<S3Server> {
  const program = findS3();
  if (program === undefined) throw new Error("no S3 server is installed");
  const directory = await Deno.makeTempDir({ prefix: "parley-s3-" });
  await Deno.mkdir(`${directory}/${S3_BUCKET}`);
  const own = freePort();
  let server: Deno.ChildProcess | undefined;
  const kill = async () => {
    server?.kill("SIGKILL");
    await server?.status;
    server = undefined;
  };
  const start = async () => {
    server = new Deno.Command(program.path, {
      args: program.args(own, directory),
      stdout: "null",
      stderr: "null",
    }).spawn();
    await answering(own);
  };
  const url = (port = own) =>
    `s3://${ACCESS_KEY}:${encodeURIComponent(SECRET_KEY)}@127.0.0.1:${port}/${S3_BUCKET}/files`;
  await start();
  return {
    port: own,
    url,
    config: (port) => {
      const config = parseFilesUrl(url(port));
      if (config?.kind !== "s3") throw new Error("its address is none");
      return config;
    },
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function answering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      await answer.body?.cancel();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error("the S3 server did not start within 10 s");
}
