/** docs/protocol.md says what the schemas say: every frame, field, request, code and limit, and no other. */
import assert from "node:assert/strict";
import * as z from "zod";
import { asksOf } from "../../lib/http/asks.ts";
import { CLOSE, closeAction, ERROR_STATUS, LIMITS } from "../../lib/protocol/codes.ts";
import { ClientFrames } from "../../lib/protocol/frames.ts";
import * as model from "../../lib/protocol/model.ts";
import { readHandlers, readRoutes } from "../support/route_table.ts";

const ROOT = new URL("../../", import.meta.url);
const text = await Deno.readTextFile(new URL("docs/protocol.md", ROOT));
const frames = (await Deno.readTextFile(new URL("lib/protocol/frames.ts", ROOT)))
  .replace(/\/\*\*[\s\S]*?\*\//g, "");

/** The cells of the rows below the heading that begins with these. */
function table(...heading: readonly string[]): string[][] {
  const lines = text.split("\n").map((line) =>
    line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"))
  );
  const from = lines.findIndex((cells) => heading.every((name, index) => cells[index] === name));
  assert.ok(from >= 0, `there is no table ${heading.join(", ")}`);
  const rows = lines.slice(from + 2);
  return rows.slice(0, rows.findIndex((cells) => cells.length === 0));
}

const names = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
const plain = (cell = "") => names(cell)[0] ?? "";

/** `name`, `name?`, `name?: "a" | "b"`: optional where marked so, and with the values that are named. */
type Field = { optional: boolean; values: string[] };

function fieldsOf(list: readonly string[]): Map<string, Field> {
  return new Map(list.map((written) => {
    const [, name = "", mark, values = ""] = /^(\w+)(\?)?(?::\s*(.+))?$/.exec(written) ?? [];
    assert.ok(name !== "", `this is no field: ${written}`);
    return [name, { optional: mark === "?", values: values.split(/\s*\|\s*/).filter(Boolean) }];
  }));
}

/** The fields of a schema in the same form. Values are those of a literal or of an enumeration. */
function fieldsOfSchema(schema: z.ZodType): Map<string, Field> {
  assert.ok(schema instanceof z.ZodObject);
  return new Map(
    Object.entries<z.ZodType>(schema.shape).map(([name, field]) => {
      const shown = z.toJSONSchema(field, { io: "input" });
      const values = shown.const !== undefined ? [shown.const] : shown.enum ?? [];
      return [name, {
        optional: field.safeParse(undefined).success,
        values: values.map((value) => JSON.stringify(value)),
      }];
    }),
  );
}

Deno.test("protocol.md has each frame of a client with its fields", () => {
  const rows = table("frame", "fields", "`ok` carries");
  assert.deepEqual(
    rows.map(([name]) => plain(name)).toSorted(),
    Object.keys(ClientFrames).toSorted(),
  );
  for (const [name, schema] of Object.entries(ClientFrames)) {
    const row = rows.find(([cell]) => plain(cell) === name);
    const { type: _type, ref: _ref, ...shape } = schema.shape;
    assert.deepEqual(fieldsOf(names(row?.[1])), fieldsOfSchema(z.object(shape)), name);
    assert.ok(
      schema.shape.ref.safeParse(undefined).success && schema.shape.ref.safeParse(1).success,
    );
    assert.ok(!schema.shape.ref.safeParse(0).success);
  }
});

/** What is between the braces that begin at `from`, at that depth alone. */
function members(source: string, from: number): string[] {
  let depth = 0;
  let part = "";
  const parts: string[] = [];
  for (const character of source.slice(source.indexOf("{", from))) {
    if (character === "{" || character === "<" || character === "(") depth++;
    if (depth === 1 && character === ";") parts.push(part.trim());
    if (depth === 1 && character === ";") part = "";
    else if (depth > 1 || character !== "{") part += character;
    if (character === "}" || character === ">" || character === ")") depth--;
    if (depth === 0) break;
  }
  const rest = part.replace(/\}$/, "").trim();
  return [...parts, ...(rest === "" ? [] : [rest])];
}

Deno.test("protocol.md says what `ok` carries", () => {
  const answers = members(frames, frames.indexOf("export interface Answers"));
  assert.equal(answers.length, Object.keys(ClientFrames).length);
  const rows = table("frame", "fields", "`ok` carries");
  for (const answer of answers) {
    const name = /^"([^"]+)"/.exec(answer)?.[1];
    const row = rows.find(([cell]) => plain(cell) === name);
    const carried = answer.includes("Record<never, never>")
      ? []
      : members(answer, 0).map((each) => each.split(":")[0]);
    assert.deepEqual([...fieldsOf(names(row?.[2])).keys()], carried, String(name));
  }
});

/** From their types: what is sent is not checked, and so has no schemas. */
function serverFrames(): Map<string, Map<string, Field>> {
  const from = frames.indexOf("export type ServerFrame =");
  const variants = frames.slice(from).split(/\n {2}\| /).slice(
    1,
  );
  const shared: Record<string, z.ZodObject> = { Head: model.Head, Presence: model.Presence };
  return new Map(variants.map((variant) => {
    const named = /^(\w+)$/.exec(variant.trim())?.[1];
    const parts = named === undefined
      ? members(variant, 0)
      : members(frames, frames.indexOf(`export type ${named} =`));
    const more = /& (\w+)\)/.exec(variant)?.[1] ?? "";
    const own = new Map(parts.map((part) => {
      const [, name = "", mark, type = ""] = /^(\w+)(\?)?:\s*([\s\S]+)$/.exec(part) ?? [];
      return [name, { optional: mark === "?", values: type.match(/"[^"]*"/g) ?? [] }];
    }));
    const [type = ""] = own.get("type")?.values ?? [];
    own.delete("type");
    const all = new Map<string, Field>(own);
    for (const name of Object.keys(shared[more]?.shape ?? {})) {
      all.set(name, { optional: false, values: [] });
    }
    return [JSON.parse(type), all];
  }));
}

Deno.test("protocol.md has each frame of the server with its fields", () => {
  const served = serverFrames();
  assert.ok(served.size >= 16, `only ${served.size} frames were found`);
  const rows = table("frame of the server", "fields");
  assert.deepEqual(
    new Map(rows.map(([name, list]) => [plain(name), fieldsOf(names(list))])),
    served,
  );
});

Deno.test("protocol.md has each code, each end of a socket and each limit", () => {
  const codes = table("code", "status").map(([code, status]) => [plain(code), Number(status)]);
  assert.deepEqual(Object.fromEntries(codes), ERROR_STATUS);
  const words = { reconnect: "reconnects", refresh: "refreshes its token first", stop: "stops" };
  assert.deepEqual(
    table("a socket closes with", "because").map(([code, name, does]) => [
      plain(name),
      Number(code),
      does,
    ]),
    Object.entries(CLOSE).map(([name, code]) => [name, code, words[closeAction(code)]]),
  );
  assert.deepEqual(
    table("limit", "is").map(([name, is = ""]) => [plain(name), is.split(", ").map(Number)]),
    Object.entries(LIMITS).map(([name, limit]) => [
      name,
      typeof limit === "number" ? [limit] : Object.values(limit),
    ]),
  );
});

type Mention = { route: string; query: string[] | undefined; body: string[] | undefined };

/** `POST /a` `{ b, c? }`, `GET /a?b=&c=`, and `PUT`, `DELETE /a` for two of the same address. */
function mentions(): Mention[] {
  const pattern = /((?:`[A-Z]+`, )*)`([A-Z]+) (\/[^`?\s]*)(?:\?([^`]*))?`(?: `\{([^`]*)\}`)?/g;
  return [...text.matchAll(pattern)].flatMap(([, others = "", last = "", path = "", query, body]) =>
    [...names(others), last].map((method) => ({
      route: `${method} ${path.replace("/api/v1", "")}`,
      query: query?.split("&").map((each) => each.replace(/=.*$/, "")),
      body: body?.split(",").map((each) => each.trim()).filter((each) => each !== ""),
    }))
  ).filter(({ route }) => !route.includes("…"));
}

Deno.test("protocol.md has each request, with the fields of its body and its query", () => {
  const routes = readRoutes().filter(({ path }) => path.startsWith("/api/"))
    .map(({ method, path }) => `${method} ${path.slice("/api/v1".length)}`);
  const found = mentions();
  assert.deepEqual(
    new Set(
      found.map(({ route }) => route).filter((route) => !/ \/(healthz|readyz|docs)/.test(route)),
    ),
    new Set(routes),
  );
  let checked = 0;
  for (const { method, path, handler } of readHandlers()) {
    const route = `${method} ${path.replace("/api/v1", "")}`;
    const { json, query } = asksOf(handler);
    const own = found.filter((mention) => mention.route === route);
    if (query instanceof z.ZodObject) {
      const lists = own.flatMap((mention) => mention.query === undefined ? [] : [mention.query]);
      assert.deepEqual(lists[0]?.toSorted(), Object.keys(query.shape).toSorted(), route);
      // Elsewhere the page may speak of one of them.
      for (const name of lists.flat()) assert.ok(name in query.shape, `${route} ${name}`);
      checked++;
    }
    if (json === undefined) continue;
    const shapes = json instanceof z.ZodDiscriminatedUnion ? json.options as z.ZodType[] : [json];
    const lists = own.flatMap(({ body }) =>
      body === undefined ? [] : [withoutValues(fieldsOf(body))]
    );
    assert.deepEqual(
      new Set(lists.map(written)),
      new Set(shapes.map((shape) => written(withoutValues(fieldsOfSchema(shape), json !== shape)))),
      route,
    );
    checked++;
  }
  assert.ok(checked > 20, `only ${checked} requests have fields`);
});

/** Of what a request says only what tells one kind of it from another is spelled out. */
function withoutValues(fields: Map<string, Field>, kinds = true): Map<string, Field> {
  return new Map([...fields].map(([name, { optional, values }]) => [
    name,
    { optional, values: kinds && name === "kind" ? values : [] },
  ]));
}

function written(fields: Map<string, Field>): string {
  return [...fields].map(([name, { optional, values }]) => `${name}${optional ? "?" : ""}${values}`)
    .toSorted().join(", ");
}
