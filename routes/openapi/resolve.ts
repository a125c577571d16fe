import type { Answer, Document } from "./document.ts";
import type { JsonSchema } from "./schemas.ts";

const SCHEMAS = "#/components/schemas/";
const RESPONSES = "#/components/responses/";

/** The name of the schema that `schema` refers to, if it does. */
export function nameOf(schema: JsonSchema): string | undefined {
  const { $ref } = schema;
  return typeof $ref === "string" ? $ref.slice(SCHEMAS.length) : undefined;
}

/** The schema itself, with what is said of it where it is referred to. */
export function resolve({ components }: Document, schema: JsonSchema): JsonSchema {
  const name = nameOf(schema);
  if (name === undefined) return schema;
  const { $ref: _ref, ...said } = schema;
  return { ...components.schemas[name], ...said };
}

export function resolveAnswer({ components }: Document, answer: Answer | { $ref: string }): Answer {
  if (!("$ref" in answer)) return answer;
  return components.responses[answer.$ref.slice(RESPONSES.length)] ?? { description: "" };
}
