/**
 * Takes out of what is logged whatever opens something or was said in confidence: by the name of a
 * field, and by its looks where it stands in the middle of a text.
 */

type Fields = Record<string, unknown>;

const TAKEN_OUT = "[redacted]";

/** Names of fields, whatever they are part of: `accessToken`, `set-cookie`, `passwordHash`. */
const SECRET_NAME = /pass(word|phrase)?|secret|token|ticket|cookie|authorization|proof|signature/i;
/** Names as they are. */
const SAID_NAME = /^(text|draft|body|greeting|announcement|bio|subject|html|query|parameters)$/i;

/** What looks like it: a JWT, 256 bits in base64url or in hex, a password in an address. */
const SECRET_LOOKS: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, TAKEN_OUT],
  [/(\b(?:bearer|ticket\.)\s?)[\w.~+/=-]+/gi, `$1${TAKEN_OUT}`],
  [/(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{40,}(?![\w-])/g, TAKEN_OUT],
  [/(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{40,}(?![\w-])/g, TAKEN_OUT],
  [/(\/\/[^\s/:]*:)[^\s/]+@/g, `$1${TAKEN_OUT}@`],
  // By itself: not within a number, a time, an id or an address with its port.
  [/(?<!\w|[\d)\]][.:-]|[.+-])\d{6}(?!\w|[.:-]\d|-|\s*ms)/g, TAKEN_OUT],
];

/** How deep a field is looked into; what is below is left out. */
const DEPTH = 6;

export function redact(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, redactField(name, value, DEPTH)]),
  );
}

function redactField(name: string, value: unknown, depth: number): unknown {
  if (value === undefined || value === null) return value;
  if (SECRET_NAME.test(name) || SAID_NAME.test(name)) return TAKEN_OUT;
  // An error is called by a code as well; only six digits open anything.
  if (name === "code" && /^\d{6}$/.test(String(value))) return TAKEN_OUT;
  return redactValue(value, depth);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  // Of an error only what it says and where: the database's name the values of the row beside it.
  if (value instanceof Error) return redactText(stackOf(value));
  if (Array.isArray(value)) return value.map((each) => redactValue(each, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, redactField(name, field, depth - 1)]),
  );
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return (error.stack ?? error.message) + cause;
}

export function redactText(text: string): string {
  return SECRET_LOOKS.reduce((rest, [looks, instead]) => rest.replaceAll(looks, instead), text);
}
