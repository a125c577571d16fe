import * as z from "zod";
import * as answers from "../../lib/protocol/answers.ts";
import * as model from "../../lib/protocol/model.ts";
import * as requests from "../../lib/protocol/requests.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

const PLACE = "#/components/schemas/";

/** The wire contract's schemas as JSON Schema, each below the name that it is exported by. */
export interface Schemas {
  /** A reference to a schema that has a name, the schema itself where it has none. */
  show(schema: z.ZodType): JsonSchema;
  /** What `shown` refers to, directly or by others, by name. */
  named(shown: unknown): Record<string, JsonSchema>;
}

/** @param more schemas without a name that `show` will be asked for */
export function createSchemas(more: readonly z.ZodType[]): Schemas {
  const registry = z.registry<{ id: string }>();
  const names = new Map<z.ZodType, string>();
  const exported = Object.entries<unknown>({ ...requests, ...answers, ...model });
  for (const [name, schema] of exported) {
    if (!(schema instanceof z.ZodType)) continue;
    names.set(schema, name);
    registry.add(schema, { id: name });
  }
  for (const [index, schema] of more.entries()) {
    if (!names.has(schema)) registry.add(schema, { id: `#${index}` });
  }
  const { schemas } = z.toJSONSchema(registry, {
    target: "draft-2020-12",
    io: "input",
    uri: (id) => PLACE + id,
    override: ({ jsonSchema }) => {
      withoutSafeBounds(jsonSchema);
      withoutOwnFormat(jsonSchema);
    },
  });
  const byName = new Map(
    Object.entries(schemas).map(([name, found]) => {
      const { $id: _id, $schema: _schema, ...schema } = found;
      return [name, schema as JsonSchema] as const;
    }),
  );
  const find = (name: string): JsonSchema => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`there is no schema of the name ${name}`);
    return found;
  };

  return {
    show: (schema) => {
      const name = names.get(schema);
      return name === undefined ? find(`#${more.indexOf(schema)}`) : { $ref: PLACE + name };
    },
    named: (shown) => {
      const found = new Map<string, JsonSchema>();
      const collect = (value: unknown) => {
        for (
          const [, name = ""] of JSON.stringify(value).matchAll(
            /"\$ref":"#\/components\/schemas\/(\w+)"/g,
          )
        ) {
          if (found.has(name)) continue;
          found.set(name, find(name));
          collect(find(name));
        }
      };
      collect(shown);
      return Object.fromEntries([...found].sort(([one], [other]) => one < other ? -1 : 1));
    },
  };
}

export type QueryField = { name: string; required: boolean; schema: JsonSchema };

/** The fields of a query: with the type of what is written there, which is always text. */
export function queryFields(schema: z.ZodType): QueryField[] {
  const read = (io: "input" | "output") => z.toJSONSchema(schema, { target: "draft-2020-12", io });
  const required = new Set(read("input").required);
  return Object.entries(read("output").properties ?? {}).map(([name, field]) => ({
    name,
    required: required.has(name),
    schema: field as JsonSchema,
  }));
}

/** JSON Schema says base64 by `contentEncoding`, and knows no format of that name. */
function withoutOwnFormat(schema: { format?: string }): void {
  if (schema.format === "base64") delete schema.format;
}

/** That a number is one that a double can count with goes without saying. */
function withoutSafeBounds(schema: { minimum?: number; maximum?: number }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
