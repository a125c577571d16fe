import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Document } from "../../routes/openapi/document.ts";
import type { JsonSchema } from "../../routes/openapi/schemas.ts";

/**
 * Compiles schemas of `document`, strictly: a keyword or a format that nobody knows is refused.
 * @param closed whether objects have no fields but those that are named
 */
export function createCompiler(
  { components }: Document,
  { closed }: { closed: boolean },
): (schema: JsonSchema) => ValidateFunction {
  const ajv = new Ajv2020({
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allErrors: true,
  });
  addFormats.default(ajv);
  const own = (schema: JsonSchema): JsonSchema => {
    const text = JSON.stringify(schema).replaceAll('"#/components/schemas/', '"parley:');
    return closed ? withoutMore(JSON.parse(text)) as JsonSchema : JSON.parse(text);
  };
  for (const [name, schema] of Object.entries(components.schemas)) {
    ajv.addSchema(own(schema), `parley:${name}`);
  }
  return (schema) => ajv.compile(own(schema));
}

/** Later versions may have more fields; this one has those that it says it has. */
function withoutMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMore);
  if (typeof value !== "object" || value === null) return value;
  const schema = Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withoutMore(part)]),
  );
  const isObject = schema.type === "object" && schema.properties !== undefined;
  return isObject && schema.additionalProperties === undefined
    ? { ...schema, additionalProperties: false }
    : schema;
}
