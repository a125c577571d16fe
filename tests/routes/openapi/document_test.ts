import assert from "node:assert/strict";
import { CONTRACT } from "../../../routes/openapi/contract.ts";
import { createDocument } from "../../../routes/openapi/document.ts";
import type { JsonSchema } from "../../../routes/openapi/schemas.ts";
import { createCompiler } from "../../support/document_schemas.ts";
import { readHandlers, readRoutes } from "../../support/route_table.ts";

const document = createDocument(readHandlers(), "1.2.3");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
);

Deno.test("every route has its row in the contract, and every row its route", () => {
  const served = readRoutes().filter(({ path }) => !path.startsWith("/dev/"))
    .map(({ method, path }) => `${method} ${path.replace("/api/v1", "")}`);
  assert.deepEqual(Object.keys(CONTRACT).toSorted(), served.toSorted());
  assert.equal(operations.length, served.length);
});

Deno.test("the document refers to nothing that is not in it, and has nothing that nobody refers to", () => {
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, to = ""]) => to));
  const { schemas, responses } = document.components;
  const named = [
    ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
    ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
  ];
  assert.deepEqual([...references].toSorted(), named.toSorted());
  for (const name of [...Object.keys(schemas), ...Object.keys(responses)]) {
    assert.match(name, /^[a-zA-Z0-9._-]+$/);
  }
});

Deno.test("every schema of the document is one that JSON Schema 2020-12 knows", () => {
  const compile = createCompiler(document, { closed: false });
  const schemas = [
    ...Object.values(document.components.schemas),
    ...Object.values(document.components.responses).flatMap((answer) => contentOf(answer)),
    ...operations.flatMap(({ operation }) => [
      ...(operation.parameters ?? []).map(({ schema }) => schema),
      ...contentOf(operation.requestBody ?? {}),
      ...Object.values(operation.responses).flatMap((answer) =>
        "$ref" in answer ? [] : contentOf(answer)
      ),
    ]),
  ];
  for (const schema of schemas) compile(schema);
  assert.ok(schemas.length > 100, `only ${schemas.length} schemas were compiled`);
  assert.throws(() => compile({ type: "text" }));
  assert.throws(() => compile({ typo: "string" }));
  assert.throws(() => compile({ $ref: "#/components/schemas/Nothing" }));
});

function contentOf(
  { content = {} }: { content?: Record<string, { schema?: JsonSchema }> },
): JsonSchema[] {
  return Object.values(content).flatMap(({ schema }): JsonSchema[] =>
    schema === undefined ? [] : [schema]
  );
}

Deno.test("each operation has what the specification asks for", () => {
  assert.match(document.openapi, /^3\.1\.\d+$/);
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length, "names are unique");
  const tags = new Set(document.tags.map(({ name }) => name));
  const schemes = new Set(Object.keys(document.components.securitySchemes));
  for (const { path, method, operation } of operations) {
    const what = `${method} ${path}`;
    assert.ok(operation.tags.length === 1 && operation.tags.every((tag) => tags.has(tag)), what);
    for (const scheme of operation.security.flatMap(Object.keys)) assert.ok(schemes.has(scheme));
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    const templates = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(inPath.map(({ name }) => name), templates, what);
    assert.ok(inPath.every(({ required }) => required), what);
    const names = (operation.parameters ?? []).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, what);
    assert.ok(Object.keys(operation.responses).every((status) => /^[1-5]\d\d$/.test(status)), what);
    assert.ok(Object.keys(operation.responses).some((status) => status.startsWith("2")), what);
    for (const answer of Object.values(operation.responses)) {
      assert.ok("$ref" in answer || answer.description.length > 0, what);
    }
  }
});
