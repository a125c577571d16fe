import assert from "node:assert/strict";
import { createDocument } from "../../../routes/openapi/document.ts";
import { curlOf } from "../../../routes/openapi/example.ts";
import { referencePage } from "../../../routes/openapi/page.ts";
import { STYLE } from "../../../routes/openapi/style.ts";
import { createCompiler } from "../../support/document_schemas.ts";
import { readHandlers } from "../../support/route_table.ts";

const document = createDocument(readHandlers(), "1.2.3");
const page = String(await referencePage(document));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation }))
);

Deno.test("the reference shows every request and every object, and each link leads somewhere", () => {
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => id);
  assert.equal(new Set(ids).size, ids.length, "no two have the same id");
  const names = [
    ...operations.map(({ operation }) => operation.operationId),
    ...Object.keys(document.components.schemas),
  ];
  for (const name of names) assert.ok(ids.includes(name), name);
  for (const [, to = ""] of page.matchAll(/ href="#([^"]+)"/g)) assert.ok(ids.includes(to), to);
});

Deno.test("the reference has no script and no style of its own, and asks nobody else for anything", () => {
  assert.doesNotMatch(page, /<script|<style| style=| on\w+="/);
  for (const [, address = ""] of page.matchAll(/ (?:src|href)="([^"]+)"/g)) {
    assert.match(address, /^(#|\/(?!\/))/);
  }
  assert.doesNotMatch(STYLE, /@import|url\(/);
});

Deno.test("each example of a request is one that its schema takes", () => {
  const compile = createCompiler(document, { closed: false });
  let bodies = 0;
  for (const placed of operations) {
    const example = curlOf(document, placed);
    assert.match(example, /^curl /);
    assert.doesNotMatch(example, /undefined|\{(id|user|token)\}/);
    const schema = placed.operation.requestBody?.content["application/json"]?.schema;
    const body = /-d '(.*)'$/.exec(example)?.[1];
    assert.equal(body === undefined, schema === undefined, example);
    if (body === undefined || schema === undefined) continue;
    const check = compile(schema);
    assert.ok(check(JSON.parse(body)), `${example}\n${JSON.stringify(check.errors)}`);
    bodies++;
  }
  assert.ok(bodies > 15, `only ${bodies} bodies were looked at`);
});
