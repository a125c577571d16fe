/// <reference lib="dom" />
import assert from "node:assert/strict";
import { en } from "../../web/texts/en.ts";
import { zhCn } from "../../web/texts/zh_cn.ts";
import { readSources } from "../support/source_tree.ts";

const web = (await readSources(new URL("../../", import.meta.url)))
  .filter(({ path }) => /^web\/.*\.tsx?$/.test(path));
const code = web
  .filter(({ path }) => !/texts\/(en|zh_cn)\.ts$/.test(path))
  .map(({ text }) => text)
  .join("\n");

/** What a name may begin with that is put together: `presence.` of `presence.${state}`. */
const beginnings = [...code.matchAll(/`([a-z_]+\.[a-z_]*)\$\{/g)].map(([, beginning = ""]) =>
  beginning
);

Deno.test("every text is said somewhere", () => {
  assert.ok(web.length > 50, `only ${web.length} files were read`);
  const unused = Object.keys(en).filter((key) =>
    !code.includes(`"${key}"`) && !beginnings.some((beginning) => key.startsWith(beginning))
  );
  assert.deepEqual(unused, []);
});

Deno.test("a text has the same values in each language", () => {
  const valuesOf = (text: string) =>
    [...new Set([...text.matchAll(/\{([a-z]+)[},]/g)].map(([, name]) => name))].sort();
  for (const [key, text] of Object.entries(en)) {
    assert.deepEqual(valuesOf(zhCn[key as keyof typeof en]), valuesOf(text), key);
  }
});

Deno.test("every icon is drawn somewhere", () => {
  const icons = web.find(({ path }) => path === "web/components/icon.tsx")?.text ?? "";
  const [table = ""] = icons.match(/const PATHS = \{[^}]*\}/) ?? [];
  const drawings = [...table.matchAll(/^ {2}(\w+):\s+"([^"]+)"/gm)];
  assert.ok(drawings.length > 20, `only ${drawings.length} icons were found`);
  const others = code.replace(table, "");
  const names = drawings.map(([, name = ""]) => name);
  assert.deepEqual(names.filter((name) => !others.includes(`"${name}"`)), []);
});
