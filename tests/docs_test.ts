/** What the documents name is there. */
import assert from "node:assert/strict";
import { ENVIRONMENT_VARIABLES } from "../lib/config.ts";

const ROOT = new URL("../", import.meta.url);

async function* documents(folder = "."): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    if (["node_modules", ".git", "data", "dist"].includes(name)) continue;
    if (isDirectory) yield* documents(`${folder}/${name}`);
    else if (name.endsWith(".md")) yield `${folder}/${name}`;
  }
}

Deno.test("every link between documents leads somewhere", async () => {
  const dead: string[] = [];
  let links = 0;
  for await (const path of documents()) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      links++;
      const exists = await Deno.stat(new URL(target, new URL(path, ROOT))).catch(() => undefined);
      if (exists === undefined) dead.push(`${path}: ${target}`);
    }
  }
  assert.ok(links > 30, `only ${links} links were found`);
  assert.deepEqual(dead, []);
});

Deno.test("the units name documents that are there", async () => {
  for (const unit of ["parley.service", "parley@.service"]) {
    const text = await Deno.readTextFile(new URL(`deploy/systemd/${unit}`, ROOT));
    const path = /^Documentation=file:\/\/\/opt\/parley\/(.+)$/m.exec(text)?.[1];
    assert.ok(path !== undefined, unit);
    await Deno.stat(new URL(path, ROOT));
  }
});

Deno.test("the example of an environment has every setting", async () => {
  const example = await Deno.readTextFile(new URL(".env.example", ROOT));
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  for (const name of ENVIRONMENT_VARIABLES) {
    assert.ok(readme.includes(`\`${name}\``), `README.md does not mention ${name}`);
    assert.match(example, new RegExp(`^#? ?${name}=`, "m"));
  }
});
