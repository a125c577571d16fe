import { html } from "hono/html";
import type { Document } from "./document.ts";
import type { Html } from "./page.ts";
import { nameOf, resolve } from "./resolve.ts";
import type { JsonSchema } from "./schemas.ts";

/** What kind of value it is, with links to what has a name of its own. */
export function typeOf(document: Document, schema: JsonSchema): Html {
  const name = nameOf(schema);
  if (name !== undefined) return html`<a href="#${name}">${name}</a>`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (Array.isArray(schema.enum)) {
    return joined(schema.enum.map((value) => html`<code>${String(value)}</code>`));
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (Array.isArray(choices)) return joined(choices.map((choice) => typeOf(document, choice)));
  if (Array.isArray(schema.type)) return joined(schema.type.map((type) => html`${type}`));
  if (schema.type === "array") return html`list of ${typeOf(document, schema.items as JsonSchema)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return html`by name: ${typeOf(document, schema.additionalProperties as JsonSchema)}`;
  }
  if (schema.type === "object") {
    const fields = Object.keys((schema.properties ?? {}) as object);
    return html`object with ${joined(fields.map((field) => html`<code>${field}</code>`), "and")}`;
  }
  return html`${schema.type ?? "anything"}`;
}

function joined(parts: readonly Html[], last = "or"): Html {
  return html`${
    parts.map((part, index) => {
      const before = index === 0 ? "" : index === parts.length - 1 ? ` ${last} ` : ", ";
      return html`${before}${part}`;
    })
  }`;
}

/** Between what it has to be, and what it is if nothing is said. */
export function boundsOf(document: Document, schema: JsonSchema): string {
  const whole = resolve(document, schema);
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, format, pattern } = whole;
  const parts = [
    range(minimum, maximum, ""),
    range(minLength, maxLength, " characters"),
    range(minItems, maxItems, " entries"),
    typeof format === "string" ? format : "",
    // What has a format needs no expression, and most of the others only keep out U+0000.
    format === undefined && typeof pattern === "string" && !pattern.includes("\\u0000")
      ? pattern
      : "",
    whole.default === undefined ? "" : `${JSON.stringify(whole.default)} if absent`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function range(least: unknown, most: unknown, unit: string): string {
  if (least === undefined && most === undefined) return "";
  if (most === undefined || most === Number.MAX_SAFE_INTEGER) return `${least} or more${unit}`;
  if (least === undefined) return `up to ${most}${unit}`;
  return least === most ? `${least}${unit}` : `${least} to ${most}${unit}`;
}
