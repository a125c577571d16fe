/** A private PostgreSQL server for tests: its own files, its own port, ended by process id. */
import { freePort } from "./ports.ts";

export interface PostgresServer extends AsyncDisposable {
  /** A new empty database on this server. */
  createDatabase(): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** SIGKILL to the whole server, as a crash would; `start` brings it back with the same files. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Of the process that all its others come from. */
  pid(): number;
}

/** The folder of Debian's newest `initdb`, or undefined where PostgreSQL is not installed. */
export function findPostgres(): string | undefined {
  const root = "/usr/lib/postgresql";
  let versions: string[];
  try {
    versions = [...Deno.readDirSync(root)].map((entry) => entry.name);
  } catch {
    return undefined;
  }
  return versions.sort((a, b) => Number(b) - Number(a))
    .map((version) => `${root}/${version}/bin`)
    .find((bin) => exists(`${bin}/initdb`));
}

export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error("PostgreSQL is not installed");
  const directory = await Deno.makeTempDir({ prefix: "parley-postgres-" });
  const owner = serverOwner();
  if (owner !== undefined) await Deno.chown(directory, owner.uid, owner.gid);
  const port = freePort();

  const initdb = await new Deno.Command(`${bin}/initdb`, {
    args: ["-D", `${directory}/data`, "-U", "parley", "-A", "trust", "-E", "UTF8", "--no-sync"],
    cwd: directory,
    stdout: "null",
    stderr: "piped",
    ...owner,
  }).output();
  if (!initdb.success) throw new Error(`initdb: ${new TextDecoder().decode(initdb.stderr)}`);

  let server: Deno.ChildProcess | undefined;
  const start = async () => {
    server = new Deno.Command(`${bin}/postgres`, {
      args: ["-D", `${directory}/data`, "-k", directory, "-h", "127.0.0.1", "-p", String(port)],
      cwd: directory,
      stdout: "null",
      stderr: "null",
      ...owner,
    }).spawn();
    await ready(bin, port);
  };
  const stop = async (signal: Deno.Signal) => {
    server?.kill(signal);
    await server?.status;
    server = undefined;
  };
  await start();

  let databases = 0;
  return {
    start,
    pid: () => server?.pid ?? 0,
    kill: async () => {
      // The server's own children notice that it is gone; its lock file does not.
      await stop("SIGKILL");
      await Deno.remove(`${directory}/data/postmaster.pid`).catch(() => {});
    },
    dropDatabase: async (url) => {
      const name = new URL(url).pathname.slice(1);
      const dropped = await new Deno.Command(`${bin}/dropdb`, {
        args: ["-h", "127.0.0.1", "-p", String(port), "-U", "parley", "--force", name],
        stderr: "piped",
      }).output();
      if (!dropped.success) throw new Error(new TextDecoder().decode(dropped.stderr));
    },
    createDatabase: async () => {
      const name = `parley_${++databases}`;
      const created = await new Deno.Command(`${bin}/createdb`, {
        args: ["-h", "127.0.0.1", "-p", String(port), "-U", "parley", name],
        stderr: "piped",
      }).output();
      if (!created.success) throw new Error(new TextDecoder().decode(created.stderr));
      return `postgres://parley@127.0.0.1:${port}/${name}`;
    },
    [Symbol.asyncDispose]: async () => {
      await stop("SIGINT");
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function ready(bin: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { success } = await new Deno.Command(`${bin}/pg_isready`, {
      args: ["-q", "-h", "127.0.0.1", "-p", String(port)],
    }).output();
    if (success) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("PostgreSQL did not start within 10 s");
}

/** PostgreSQL refuses to run as root: Debian's package made a user for it. */
function serverOwner(): { uid: number; gid: number } | undefined {
  if (Deno.uid() !== 0) return undefined;
  const line = Deno.readTextFileSync("/etc/passwd").split("\n")
    .find((entry) => entry.startsWith("postgres:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) throw new Error("there is no user called postgres");
  return { uid: Number(uid), gid: Number(gid) };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
