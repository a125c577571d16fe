/** Who lists the server's own files lists all of them: the watching task, and the permission to read. */
import assert from "node:assert/strict";
import { importsOf } from "./support/import_rules.ts";
import { serverArguments } from "./support/server_process.ts";

const ROOT = new URL("../", import.meta.url);

/** The files that `entry` loads, itself first. */
async function filesOf(entry: string): Promise<string[]> {
  const found = new Set([entry]);
  for (const path of found) {
    if (!path.endsWith(".ts")) continue;
    const code = await Deno.readTextFile(new URL(path, ROOT));
    for (const { specifier, typeOnly } of importsOf(code)) {
      if (typeOnly || !specifier.startsWith(".")) continue;
      found.add(new URL(specifier, `file:///${path}`).pathname.slice(1));
    }
  }
  return [...found];
}

const within = (path: string, places: readonly string[]) =>
  places.some((place) => path === place || path.startsWith(`${place}/`));

Deno.test("the task dev starts the server again for every file that it is made of", async () => {
  const dev = await Deno.readTextFile(new URL("dev.ts", ROOT));
  const [, list = ""] = /^const SERVER = \[([^\]]*)\];$/m.exec(dev) ?? [];
  const watched = [...list.matchAll(/"([^"]+)"/g)].map(([, path = ""]) => path);
  const files = await filesOf("main.ts");
  assert.ok(files.length > 100, `only ${files.length} files were found`);
  assert.deepEqual(files.filter((path) => !within(path, watched)), []);
});

Deno.test("the task server may read whatever an isolate of its own is made of", async () => {
  const allowed = serverArguments("data", "dev")
    .find((argument) => argument.startsWith("--allow-read="));
  const places = allowed?.slice("--allow-read=".length).split(",") ?? [];
  const files = await filesOf("isolates/inside.ts");
  assert.ok(files.length > 100, `only ${files.length} files were found`);
  assert.deepEqual(files.filter((path) => !within(path, places)), []);
});
