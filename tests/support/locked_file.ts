/** Another process that keeps an SQLite file to itself, as a backup or a stuck process might. */

export interface LockedFile extends AsyncDisposable {
  release(): Promise<void>;
}

const HOLDER = `import { DatabaseSync } from "node:sqlite";
const database = new DatabaseSync(Deno.args[0]);
database.exec("pragma busy_timeout = 10000");
database.exec("begin exclusive");
console.log("held");
await Deno.stdin.read(new Uint8Array(1));
database.exec("rollback");
database.close();
`;

/** Resolves once nobody else can write to the file. */
export async function lockFile(path: string): Promise<LockedFile> {
  const holder = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-lock",
      "--no-config",
      "-A",
      `data:application/typescript,${encodeURIComponent(HOLDER)}`,
      path,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  const { value } = await reader.read();
  if (!new TextDecoder().decode(value).startsWith("held")) throw new Error(`${path} is not held`);
  let released: Promise<void> | undefined;
  const release = () =>
    released ??= (async () => {
      await holder.stdin.close();
      await reader.cancel();
      await holder.status;
    })();
  return { release, [Symbol.asyncDispose]: release };
}
