/** Values that a schema of the document allows, by chance, and values that nearly fit it. */
import type { Document } from "../../routes/openapi/document.ts";
import { resolve } from "../../routes/openapi/resolve.ts";
import type { JsonSchema } from "../../routes/openapi/schemas.ts";
import type { Random } from "./random.ts";

/** What a field of some name may hold so that the request finds something, among other values. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>;

const TEXTS: readonly string[] = [
  ...[
    "x",
    "hello",
    " a b ",
    "Żółć",
    "你好，世界",
    "👋🏽",
    "🇪🇺",
    "e\u0301",
    "\u202eabc",
    "\ufeff",
    "\uffff",
  ],
  ...[
    "'; drop table users; --",
    '"',
    "\\",
    "%00",
    "../..",
    "<script>alert(1)</script>",
    "{}",
    "null",
  ],
  ...["\n\t", "\u0001", "\u2028", "__proto__", "0", "123456", "anna", "a.b_c9", "__Host-x", "Ⅷ"],
  ...["someone@example.org", "a+b@sub.example.org", "2999-01-02T03:04:05.678Z"],
  ...["2026-02-28T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"],
];

const ANYTHING: JsonSchema = {};

export interface Values {
  /** @param name of the field that it is for */
  fitting(random: Random, schema: JsonSchema, name?: string): unknown;
  /** The same with one thing about it changed; it may still fit. */
  changed(random: Random, schema: JsonSchema, value: unknown): unknown;
}

/** @param fits whether a schema takes a value */
export function createValues(
  document: Document,
  known: KnownValues,
  fits: (schema: JsonSchema, value: unknown) => boolean,
): Values {
  // The same object each time, or it would be compiled each time.
  const resolved = new Map<JsonSchema, JsonSchema>();
  const whole = (schema: JsonSchema): JsonSchema => {
    const found = resolved.get(schema) ?? resolve(document, schema);
    resolved.set(schema, found);
    return found;
  };
  /** Of several that a schema allows, the one that `value` is of. */
  const choiceOf = (schema: JsonSchema, value: unknown): JsonSchema => {
    const { oneOf, anyOf } = whole(schema);
    const choices = oneOf ?? anyOf;
    if (!Array.isArray(choices)) return whole(schema);
    return whole(choices.find((choice) => fits(choice, value)) ?? ANYTHING);
  };

  const fitting: Values["fitting"] = (random, schema, name = "") => {
    const found = known[name];
    if (found !== undefined && random.chance(0.8)) {
      const value = random.pick(found);
      if (fits(schema, value)) return value;
    }
    const { const: only, enum: values, oneOf, anyOf, ...rest } = whole(schema);
    if (only !== undefined) return only;
    if (Array.isArray(values)) return random.pick(values);
    const choices = oneOf ?? anyOf;
    if (Array.isArray(choices)) return fitting(random, random.pick(choices), name);
    switch (rest.type) {
      case "object": {
        const required: readonly unknown[] = Array.isArray(rest.required) ? rest.required : [];
        return Object.fromEntries(
          Object.entries(rest.properties ?? {})
            .filter(([field]) => required.includes(field) || random.chance(0.6))
            .map(([field, part]) => [field, fitting(random, part, field)]),
        );
      }
      case "array": {
        const least = Number(rest.minItems ?? 0);
        const count = least + random.below(Math.min(3, Number(rest.maxItems ?? 3) - least + 1));
        const item = rest.items as JsonSchema;
        return Array.from({ length: count }, () => fitting(random, item, name));
      }
      case "integer": {
        const least = Number(rest.minimum ?? 0);
        const most = Number(rest.maximum ?? Number.MAX_SAFE_INTEGER);
        return random.pick([least, Math.min(most, least + 1), most - 1, most, Math.min(most, 20)]);
      }
      case "boolean":
        return random.chance(0.5);
      case "string":
        return fittingText(random, whole(schema));
      default:
        return null;
    }
  };

  const fittingText = (random: Random, schema: JsonSchema): unknown => {
    if (schema.format === "uuid" && random.chance(0.5)) return random.uuid();
    const { minLength, maxLength } = schema;
    const ends = [minLength, maxLength].filter((end) => typeof end === "number")
      .flatMap((end) => ["x".repeat(end), "👋".repeat(end)]);
    const texts = [...TEXTS, ...ends].filter((text) => fits(schema, text));
    const examples = Array.isArray(schema.examples) ? schema.examples : [];
    return random.pick(texts.length > 0 ? texts : examples);
  };

  const changed: Values["changed"] = (random, schema, value) => {
    const chosen = choiceOf(schema, value);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const fields = Object.entries(value);
      const at = random.below(fields.length);
      const field = fields[at];
      switch (field === undefined ? 0 : random.below(6)) {
        case 0:
          return { ...value, [random.pick(["more", "__proto__x", "id", ""])]: 1 };
        case 1:
          return Object.fromEntries(fields.filter((_, index) => index !== at));
        case 2:
          return odd(random, chosen);
        default: {
          const [name, inner] = field ?? ["", undefined];
          const properties = chosen.properties as Record<string, JsonSchema> | undefined;
          return { ...value, [name]: changed(random, properties?.[name] ?? ANYTHING, inner) };
        }
      }
    }
    if (Array.isArray(value) && value.length > 0 && random.chance(0.5)) {
      const item = chosen.items as JsonSchema;
      return value.map((each, index) => index === 0 ? changed(random, item, each) : each);
    }
    return odd(random, chosen);
  };
  return { fitting, changed };
}

/** Just beyond the bounds, or something else altogether. */
function odd(
  random: Random,
  { minimum, maximum, minLength, maxLength, maxItems }: JsonSchema,
): unknown {
  const beyond: unknown[] = [
    ...(typeof minimum === "number" ? [minimum - 1, minimum - 0.5] : []),
    ...(typeof maximum === "number" ? [maximum + 1, maximum * 2] : []),
    ...(typeof minLength === "number" && minLength > 0 ? ["x".repeat(minLength - 1)] : []),
    ...(typeof maxLength === "number"
      ? ["x".repeat(maxLength + 1), "é".repeat(maxLength + 1)]
      : []),
    ...(typeof maxItems === "number" && maxItems < 1_000 ? [Array(maxItems + 1).fill("x")] : []),
  ];
  if (beyond.length > 0 && random.chance(0.5)) return random.pick(beyond);
  return random.pick<unknown>([
    ...[null, true, 0, -1, 1.5, 1e21, 2 ** 31, 2 ** 53, "", "x", " ", [], {}, [null], [[]]],
    ...["a\0b", "\ud800", "\udc00x", "0".repeat(300), { length: 1 }, ["x"], "00000000-0000-0000"],
    ...[
      "2026-13-01T00:00:00.000Z",
      "2026-01-01",
      "1969-12-31T23:59:59.999Z",
      "a@b",
      "１２３４５６",
    ],
  ]);
}
