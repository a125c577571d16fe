import { serverArguments } from "../../tests/support/server_process.ts";
import { inventCast } from "../seed.ts";
import type { System } from "./system.ts";

/**
 * A bare relay over `ws`, of a few lines: what the runtime and the sockets cost by themselves. With
 * `commit` it stores what it relays, in batches and before it answers.
 */
export function relay(commit: boolean): System {
  return {
    name: commit ? "bare relay with group commit" : "bare relay",
    database: commit ? "postgresql" : "none",
    start: async ({ count, seating }, postgres) => {
      await using cleanup = new AsyncDisposableStack();
      const cast = inventCast(count, seating);
      const members = cast.conversations.map(({ id, members }) => [
        id,
        members.map((member) => cast.people[member]?.user),
      ]);
      const topology = await Deno.makeTempFile({ prefix: "parley-bench-", suffix: ".json" });
      cleanup.defer(() => Deno.remove(topology));
      await Deno.writeTextFile(topology, JSON.stringify(members));
      const url = commit ? await postgres.createDatabase() : undefined;
      if (url !== undefined) cleanup.defer(() => postgres.dropDatabase(url));
      const process = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          ...serverArguments("", "start").filter((argument) => argument.startsWith("--v8-flags")),
          "--allow-net",
          "--allow-read",
          "--allow-env",
          new URL("./relay_server.ts", import.meta.url).pathname,
          topology,
          ...(url === undefined ? [] : [url]),
        ],
        stdout: "piped",
      }).spawn();
      cleanup.defer(async () => {
        process.kill("SIGKILL");
        await process.stdout.cancel().catch(() => {});
        await process.status;
      });
      const port = Number(await firstLine(process.stdout));
      const resources = cleanup.move();
      return {
        address: { hostname: "127.0.0.1", port },
        cast,
        tickets: false,
        pid: process.pid,
        [Symbol.asyncDispose]: () => resources.disposeAsync(),
      };
    },
  };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the relay did not start");
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return text.slice(0, text.indexOf("\n"));
}
