/** Values that fit a schema, found by trying: so a new frame or request joins the tests by itself. */
import * as z from "zod";

/** Values to try for a field of some name, before those that are tried for any field. */
export type Pool = Readonly<Record<string, readonly unknown[]>>;

const ANYWHERE: readonly unknown[] = [
  "hello",
  "00000000-0000-7000-8000-000000000001",
  "someone@example.org",
  "123456",
  "2026-01-02T03:04:05.678Z",
  "5",
  1,
  true,
];

/** A value of `schema` with every optional field. @throws if the pool has nothing that fits */
export function exampleOf(schema: z.core.$ZodType, pool: Pool, name = ""): unknown {
  if (schema instanceof z.ZodObject) {
    return Object.fromEntries(
      Object.entries(schema.shape).map(([key, field]) => [key, exampleOf(field, pool, key)]),
    );
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return exampleOf(schema.def.innerType, pool, name);
  }
  if (schema instanceof z.ZodArray) return [exampleOf(schema.def.element, pool, name)];
  if (schema instanceof z.ZodLiteral || schema instanceof z.ZodEnum) {
    return schema instanceof z.ZodEnum ? schema.options[0] : [...schema.values][0];
  }
  const fitting = [...pool[name] ?? [], ...ANYWHERE]
    .find((value) => z.core.safeParse(schema, value).success);
  if (fitting === undefined) {
    throw new Error(`nothing fits the field "${name}": give the pool a value for it`);
  }
  return fitting;
}
