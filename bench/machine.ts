/** What the figures were measured on. */
import { findPostgres } from "../tests/support/postgres_server.ts";

export async function describeMachine(): Promise<string[]> {
  const cpu = /^model name\s*: (.+)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1];
  const version = await new Deno.Command(`${findPostgres()}/postgres`, { args: ["--version"] })
    .output();
  return [
    `${navigator.hardwareConcurrency} cores (${cpu ?? "unknown"}), shared with others`,
    `Linux ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    new TextDecoder().decode(version.stdout).trim().replace(
      /^postgres \(PostgreSQL\)/,
      "PostgreSQL",
    ) +
    ", as installed: fsync and synchronous_commit on",
    new Date().toISOString().slice(0, 10),
  ];
}
