/** Who may import whom, what files are called, and what only some of them may touch. */
import assert from "node:assert/strict";
import { problemsOf, type Source } from "./support/import_rules.ts";
import { readSources } from "./support/source_tree.ts";

Deno.test("the tree keeps the rules", async () => {
  const sources = await readSources(new URL("../", import.meta.url));
  assert.ok(sources.length > 100, `only ${sources.length} files were read`);
  assert.deepEqual(problemsOf(sources), []);
});

Deno.test("every frame handler is named after its wire type", async () => {
  const table = await Deno.readTextFile(new URL("../chat/handlers/mod.ts", import.meta.url));
  const rows = [...table.matchAll(/^ {2}"([a-z.]+)": (\w+),$/gm)];
  assert.ok(rows.length >= 6);
  for (const [, type = "", name = ""] of rows) {
    const words = type.split(".");
    const camel = words.map((word, n) => n === 0 ? word : word[0]?.toUpperCase() + word.slice(1));
    assert.equal(name, camel.join(""));
    assert.ok(table.includes(`import { ${name} } from "./${words.join("_")}.ts";`), type);
  }
});

const allowed: Source[] = [
  { path: "lib/protocol/a.ts", text: 'import * as z from "zod";\nimport { b } from "./b.ts";' },
  { path: "lib/sql/a.ts", text: 'import postgres from "postgres";\nimport "../ids.ts";' },
  { path: "routes/a.ts", text: 'import type { V } from "../verify/service.ts";' },
  { path: "chat/a.ts", text: 'import { newId } from "../lib/ids.ts";' },
  { path: "client/a.ts", text: 'import { CLOSE } from "../lib/protocol/codes.ts";' },
  { path: "client/b.ts", text: 'import type { Id } from "../lib/protocol/model.ts";' },
  { path: "web/a.tsx", text: 'import { c } from "../client/c.ts";\nimport "./base.css";' },
  { path: "web/vite.config.ts", text: "export default {};" },
  { path: "lib/config.ts", text: 'const x = Deno.env.get("HOST");' },
  { path: "main.ts", text: 'import { s } from "./server.ts";\nDeno.env.get("HOST");' },
  { path: "isolates/a.ts", text: 'import { s } from "../server.ts";\nimport "../lib/ids.ts";' },
  {
    path: "lib/a.ts",
    text: 'if (token === undefined || typeof hash === "string" || code.password !== "") go();',
  },
  { path: "lib/a.ts", text: '// import { x } from "../routes/app.ts";\nconst s = "Deno.env";' },
];

Deno.test("problemsOf finds nothing in what is allowed", () => {
  assert.deepEqual(problemsOf(allowed), []);
});

const violations: Record<string, Source> = {
  "a package in the protocol": { path: "lib/protocol/a.ts", text: 'import { Hono } from "hono";' },
  "lib in the protocol": { path: "lib/protocol/a.ts", text: 'import { x } from "../ids.ts";' },
  "a service in lib": { path: "lib/a.ts", text: 'import { x } from "../chat/hub.ts";' },
  "a service's type in lib": { path: "lib/a.ts", text: 'import type { X } from "../chat/hub.ts";' },
  "another service's value": { path: "routes/a.ts", text: 'import { x } from "../chat/hub.ts";' },
  "a value beside a type": {
    path: "routes/a.ts",
    text: 'import { type X, y } from "../chat/hub.ts";',
  },
  "an import for its effect": { path: "status/a.ts", text: 'import "../chat/hub.ts";' },
  "a value that is exported again": {
    path: "verify/a.ts",
    text: 'export * from "../chat/hub.ts";',
  },
  "an import over several lines": {
    path: "chat/a.ts",
    text: 'import {\n  one,\n  two,\n} from "../routes/app.ts";',
  },
  "a dynamic import": { path: "chat/a.ts", text: 'await import("../routes/app.ts");' },
  "the address of a module": {
    path: "chat/a.ts",
    text: 'new Worker(new URL("../routes/app.ts", import.meta.url));',
  },
  "a service that imports the client": { path: "chat/a.ts", text: 'import "../client/api.ts";' },
  "lib in the client": { path: "client/a.ts", text: 'import { newId } from "../lib/ids.ts";' },
  "a schema in the client": {
    path: "client/a.ts",
    text: 'import { Id } from "../lib/protocol/model.ts";',
  },
  "a schema in the page": {
    path: "web/a.ts",
    text: 'import { Id } from "../lib/protocol/model.ts";',
  },
  "zod in the client": { path: "client/a.ts", text: 'import * as z from "zod";' },
  "a service in the page": { path: "web/a.ts", text: 'import type { X } from "../chat/hub.ts";' },
  "a service in the isolates": { path: "isolates/a.ts", text: 'import "../chat/node.ts";' },
  "the isolates in a service": { path: "chat/a.ts", text: 'import "../isolates/start_all.ts";' },
  "the environment": { path: "chat/a.ts", text: 'Deno.env.get("HOME");' },
  "the environment by another spelling": { path: "lib/a.ts", text: 'Deno["env"].get("HOME");' },
  "SQL out of texts": { path: "lib/sql/a.ts", text: "await sql.unsafe(`select ${name}`);" },
  "SQL out of a file": { path: "routes/a.ts", text: 'await sql.file("a.sql");' },
  "a secret beside another": { path: "lib/a.ts", text: "if (given.hash === stored) go();" },
  "a secret on the other side": { path: "verify/a.ts", text: "if (given !== code.token) go();" },
  "a secret among others": { path: "routes/a.ts", text: "if (hashes.includes(given)) go();" },
  "a default export": { path: "lib/a.ts", text: "export default 1;" },
  "a default by another name": { path: "lib/a.ts", text: "export { a as default };" },
  "a file of odds and ends": { path: "lib/utils.ts", text: "" },
  "a file of more of them": { path: "web/helpers.tsx", text: "" },
  "a mod.ts that is no table": { path: "lib/mod.ts", text: "" },
  "a name in camel case": { path: "lib/newId.ts", text: "" },
  "a name with dashes": { path: "web/message-row.tsx", text: "" },
};
for (const [what, source] of Object.entries(violations)) {
  Deno.test(`problemsOf finds ${what}`, () => {
    const problems = problemsOf([source]);
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.ok(problems[0]?.startsWith(source.path));
  });
}
