/** Requests made of the document: such as it allows, and such with one thing wrong about them. */
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { Document, Operation, Parameter } from "../../routes/openapi/document.ts";
import type { JsonSchema } from "../../routes/openapi/schemas.ts";
import { createCompiler } from "./document_schemas.ts";
import { createValues, type KnownValues } from "./document_values.ts";
import type { Random } from "./random.ts";

export type DocumentCase = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: string | undefined;
  /** Whether the document allows it. Undefined: what is odd about it no schema speaks of. */
  readonly allowed: boolean | undefined;
  readonly operation: string;
};

export interface Cases {
  make(random: Random, credentials: (method: string) => string): DocumentCase;
  readonly operations: readonly string[];
}

const SEGMENTS: readonly string[] = [
  ...["%00", "%", "%zz", "..", "%2e%2e", "%2F", "null", "0", "x".repeat(2_000), "__proto__", "me"],
  ...[
    "%F0%9F%91%8B",
    "others",
    "current",
    "*",
    "%20",
    "00000000-0000-0000-0000-000000000000",
    "{id}",
  ],
];
const CONTENT_TYPES: readonly string[] = [
  ...[
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/jsonx",
  ],
  ...["application/json; charset=utf-7", "APPLICATION/JSON", "application/ld+json", "*/*"],
];
const TOKENS = ["Bearer", "Bearer x", "Basic eDp4", "bearer  ", "Bearer a.b.c", "Bearer %00"];

type Placed = { method: string; path: string; operation: Operation };

export function createCases(document: Document, known: KnownValues): Cases {
  const compile = createCompiler(document, { closed: false });
  const compiled = new Map<JsonSchema, ValidateFunction>();
  const fits = (schema: JsonSchema, value: unknown): boolean => {
    const check = compiled.get(schema) ?? compile(schema);
    compiled.set(schema, check);
    return check(value);
  };
  const values = createValues(document, known, fits);
  const placed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Placed => ({
      method: method.toUpperCase(),
      path,
      operation,
    }))
  );

  /** The value of each field of a query as it is written. */
  const makeQuery = (random: Random, fields: readonly Parameter[], wrong: boolean) => {
    const taken = fields.filter(({ required }) => required || random.chance(0.6));
    const written = new Map(taken.map(({ name, schema }): [string, string] => [
      name,
      String(values.fitting(random, schema, name)),
    ]));
    if (wrong) {
      const field = random.pick(fields);
      const odd = random.pick([
        "",
        "-1",
        "1.5",
        "1e3",
        "x",
        "0",
        " 1",
        "99999999999999999",
        "\0",
        "null",
      ]);
      if (random.chance(0.3)) written.set(random.pick(["more", "__proto__", "Limit"]), "1");
      else if (random.chance(0.2)) written.delete(field.name);
      else written.set(field.name, odd);
    }
    const allowed =
      [...written.keys()].every((name) => fields.some((each) => each.name === name)) &&
      fields.every(({ name, required, schema }) => {
        const value = written.get(name);
        if (value === undefined) return !required;
        if (schema.type !== "integer") return fits(schema, value);
        return /^\d{1,16}$/.test(value) && fits(schema, Number(value));
      });
    const query = [...written].map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
    return { query, allowed };
  };

  const make: Cases["make"] = (random, credentials) => {
    const { method, path, operation } = random.pick(placed);
    const parameters = operation.parameters ?? [];
    const inQuery = parameters.filter((each) => each.in === "query");
    const schema = operation.requestBody?.content["application/json"]?.schema;
    const headers = [`Authorization: Bearer ${credentials(method)}`];
    const spoil = random.next();

    let at = path;
    let strange = false;
    for (const { name, schema } of parameters) {
      const odd = spoil < 0.08;
      strange ||= odd && at.includes(`{${name}}`);
      const value = odd
        ? random.pick(SEGMENTS)
        : encodeURIComponent(String(values.fitting(random, schema, name)));
      at = at.replace(`{${name}}`, value);
    }
    if (spoil >= 0.08 && spoil < 0.14) {
      strange = true;
      if (random.chance(0.5)) headers.pop();
      else headers[0] = `Authorization: ${random.pick(TOKENS)}`;
    }
    const wrong = spoil > 0.55;
    let allowed: boolean | undefined = strange ? undefined : true;
    if (inQuery.length > 0) {
      const made = makeQuery(random, inQuery, wrong);
      if (made.query !== "") at += `?${made.query}`;
      allowed &&= made.allowed;
    }
    const done = { method, path: at, operation: operation.operationId };
    if (schema === undefined) {
      // A body where there is none is passed over.
      return { ...done, headers, body: undefined, allowed };
    }
    const good = values.fitting(random, schema);
    const value = wrong ? values.changed(random, schema, good) : good;
    let body = JSON.stringify(value);
    // JSON.stringify writes what UTF-8 cannot carry; JSON Schema has no word for it.
    if (allowed !== undefined) {
      allowed = /\\ud[89a-f]/i.test(body) ? undefined : fits(schema, value);
    }
    let type = "application/json";
    if (spoil >= 0.14 && spoil < 0.18) {
      type = random.pick(CONTENT_TYPES);
      allowed = undefined;
    } else if (spoil >= 0.18 && spoil < 0.22) {
      body = random.pick([
        body.slice(0, -1),
        `${body},`,
        "",
        "{",
        "nul",
        `[${body}]`,
        `\ufeff${body}`,
      ]);
      allowed = undefined;
    }
    return { ...done, headers: [...headers, `Content-Type: ${type}`], body, allowed };
  };
  return { make, operations: placed.map(({ operation }) => operation.operationId) };
}
