import type { Document, Operation } from "./document.ts";
import { resolve } from "./resolve.ts";
import type { JsonSchema } from "./schemas.ts";

/** A value that `schema` allows: objects with what they must have, and otherwise with one thing. */
export function exampleOf(document: Document, schema: JsonSchema): unknown {
  const whole = resolve(document, schema);
  const { examples, default: usual, const: only, type } = whole;
  if (Array.isArray(examples)) return examples[0];
  if (only !== undefined) return only;
  if (usual !== undefined) return usual;
  if (Array.isArray(whole.enum)) return whole.enum[0];
  const choices = whole.oneOf ?? whole.anyOf;
  if (Array.isArray(choices)) return exampleOf(document, choices.at(-1));
  switch (type) {
    case "object": {
      const fields = Object.entries(whole.properties ?? {});
      const required: readonly unknown[] = Array.isArray(whole.required) ? whole.required : [];
      const shown = fields.filter(([name]) => required.includes(name));
      return Object.fromEntries(
        (shown.length > 0 ? shown : fields.slice(0, 1))
          .map(([name, field]) => [name, exampleOf(document, field)]),
      );
    }
    case "array":
      return [exampleOf(document, whole.items as JsonSchema)];
    case "integer":
    case "number":
      return whole.minimum ?? 1;
    case "boolean":
      return true;
    default:
      return type === "null" ? null : "…";
  }
}

/** How to send it by hand. `$PARLEY` is the server, `$TOKEN` an access token. */
export function curlOf(
  document: Document,
  { method, path, operation }: { method: string; path: string; operation: Operation },
): string {
  const query = (operation.parameters ?? []).filter((each) => each.in === "query" && each.required)
    .map(({ name, schema }) =>
      `${name}=${encodeURIComponent(String(exampleOf(document, schema)))}`
    );
  const filled = (operation.parameters ?? []).filter((each) => each.in === "path").reduce(
    (whole, { name, schema }) => whole.replace(`{${name}}`, String(exampleOf(document, schema))),
    path,
  );
  const address = `"$PARLEY${filled}${query.length > 0 ? `?${query.join("&")}` : ""}"`;
  const body = operation.requestBody?.content["application/json"]?.schema;
  const lines = [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${address}`,
    ...(operation.security.some((each) => "session" in each)
      ? ['-H "Authorization: Bearer $TOKEN"']
      : []),
    ...(body === undefined ? [] : [
      '-H "Content-Type: application/json"',
      `-d '${JSON.stringify(exampleOf(document, body)).replaceAll("'", "'\\''")}'`,
    ]),
  ];
  return lines.join(" \\\n  ");
}
