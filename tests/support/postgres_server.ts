/** A private PostgreSQL server for tests: its own files, its own port, ended by process id. */
import { filesOfServer } from "./files_beside.ts";
import { freePort } from "./ports.ts";

export interface PostgresServer extends AsyncDisposable {
  /** A new empty database on this server. */
  createDatabase(): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** SIGKILL to the whole server, as a crash would; `start` brings it back with the same files. */
  kill(): Promise<void>;
  /** With `settings`, such as `fsync=off`, instead of the configured ones; and with other files. */
  start(settings?: readonly string[], files?: string): Promise<void>;
  /** Its files as they are now, to be started in their place: as a standby of this server. */
  copyFiles(): Promise<string>;
  /** Runs a program of PostgreSQL's on `url`, such as `pg_dump`; the answer is what it printed. */
  run(program: string, url: string, args: readonly string[], input?: string): Promise<string>;
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
  let copies = 0;
  let data = `${directory}/data`;
  const start = async (settings: readonly string[] = [], files = data) => {
    data = files;
    server = new Deno.Command(`${bin}/postgres`, {
      args: [
        ...["-D", data, "-k", directory, "-h", "127.0.0.1", "-p", String(port)],
        ...settings.flatMap((setting) => ["-c", setting]),
      ],
      cwd: directory,
      stdout: "null",
      stderr: "null",
      ...owner,
    }).spawn();
    await ready(bin, port);
  };
  const runProgram = async (
    program: string,
    args: readonly string[],
    as: typeof owner,
    input?: string,
  ) => {
    const child = new Deno.Command(`${bin}/${program}`, {
      args: [...args],
      cwd: directory,
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      ...as,
    }).spawn();
    if (input !== undefined) await new Response(input).body?.pipeTo(child.stdin);
    const { success, stdout, stderr } = await child.output();
    const [printed, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (!success) throw new Error(`${program}: ${errors}`);
    return printed ?? "";
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
      await Deno.remove(`${data}/postmaster.pid`).catch(() => {});
    },
    copyFiles: async () => {
      const files = `${directory}/copy_${++copies}`;
      await runProgram("pg_basebackup", [
        ...["-h", "127.0.0.1", "-p", String(port), "-U", "parley", "-D", files],
        ...["-R", "-X", "stream", "-c", "fast", "--no-sync"],
      ], owner);
      return files;
    },
    run: (program, url, args, input) => runProgram(program, ["-d", url, ...args], undefined, input),
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
      await Deno.remove(filesOfServer(port), { recursive: true }).catch(() => {});
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
