import { dirname } from "node:path";
import type { DatabaseConfig } from "../../lib/config.ts";

/** A folder for files that all servers over `database` share, and that is removed with it. */
export function filesBeside(database: DatabaseConfig): string {
  if (database.kind === "server") {
    return `${filesOfServer(Number(new URL(database.url).port))}${new URL(database.url).pathname}`;
  }
  const folder = database.kind === "embedded" ? database.directory : dirname(database.path);
  return `${folder}/files`;
}

/** Of all databases of the server on `port`: whoever ends that removes it. */
export function filesOfServer(port: number): string {
  return `${Deno.env.get("TMPDIR") ?? "/tmp"}/parley-files-${port}`;
}
