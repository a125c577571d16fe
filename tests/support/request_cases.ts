/** HTTP requests that something happened to. */
import * as z from "zod";
import { LIMITS } from "../../lib/protocol/codes.ts";
import type { Id } from "../../lib/protocol/model.ts";
import * as requests from "../../lib/protocol/requests.ts";
import { exampleOf, type Pool } from "./examples.ts";
import { fieldsOf, mutateBytes, mutateFields, writeFields } from "./mutate.ts";
import type { Random } from "./random.ts";
import type { Route } from "./route_table.ts";

export type RequestCase = {
  readonly bytes: Uint8Array;
  /** Its length or its end may not be what it says: it wants a connection for itself. */
  readonly alone: boolean;
};

export type World = {
  readonly users: readonly Id[];
  readonly conversations: readonly Id[];
  /** What a path may name. */
  readonly ids: readonly Id[];
};

export type Credentials = { readonly token: string; readonly refreshToken: string };

/** The objects that the interface takes, as bodies or queries. */
export const SCHEMAS: readonly z.ZodObject[] = Object.values<z.ZodType>(requests)
  .filter((value): value is z.ZodObject => value instanceof z.ZodObject);

const encoder = new TextEncoder();

function pool(random: Random, { users, conversations }: World, refreshToken = ""): Pool {
  return {
    refreshToken: [refreshToken],
    user: [random.pick(users)],
    conversation: [random.pick(conversations)],
    email: [`person${random.below(1_000)}@example.org`],
    username: [`person${random.below(1_000)}`],
    login: ["person"],
    query: ["person"],
    mutedUntil: ["2999-01-02T03:04:05.678Z"],
    expiresIn: [3_600],
    silencedUntil: ["2999-01-02T03:04:05.678Z"],
    password: ["a password long enough"],
    // Nowhere that anybody is sent to.
    url: ["http://127.0.0.1/"],
    sha256: ["0".repeat(64)],
    signature: ["0".repeat(64)],
    thumbnail: [btoa("a picture")],
    placeholder: [btoa("a blur")],
    waveform: [btoa("loud")],
    limit: ["20"],
    // Of a list of messages a position, of one of conversations what a page gave.
    before: [String(random.below(50))],
  };
}

export function exampleBody(schema: z.ZodObject, random: Random, world: World): string {
  return JSON.stringify(exampleOf(schema, pool(random, world)));
}

/** The fields of `schema` in a query, all but `left`. */
export function exampleQuery(
  schema: z.ZodObject,
  random: Random,
  world: World,
  left: string | undefined,
): string {
  const example = exampleOf(schema, pool(random, world)) as object;
  return Object.entries(example).filter(([name]) => name !== left)
    .map(([name, value]) => `${name}=${encodeURIComponent(plain(value))}`).join("&");
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const SEGMENTS: readonly string[] = [
  ...["%00", "%ff%fe", "%", "%zz", "..", "%2e%2e", "%2F", ";", "null", "0", "-1", "[object]"],
  ...["%F0%9F%91%8B", "00000000-0000-0000-0000-000000000000", "x".repeat(2_000), "__proto__", ""],
  ...["index.html", "index.html%00.js", "index.html%20", "favicon.svg", "a/b/../c", "%5c..%5c"],
  ...["%27%3B--", "current", "messages", "*", ":id", "%0d%0aX:1"],
];

const VALUES: readonly string[] = [
  ...["", "0", "-1", "1e9", "9007199254740993", "99999999999999999999", "NaN", "+1", "%2B1", "1.5"],
  ...["%00", "%ff", "%", "%zz", "%F0%9F", "%ED%A0%80", "%25", "%5C", "a%00b", "'%3B--", "x[]=1"],
  ...["%F0%9F%91%8B", "__proto__", "null", "true", "x".repeat(3_000), "_%25_", "%20", "+"],
];

const CONTENT_TYPES: readonly string[] = [
  ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json", "*/*"],
  ...["application/json; charset=utf-7", "application/json;charset=\xff", "application/jsonx"],
  ...["multipart/form-data; boundary=x", "application/ld+json", "APPLICATION/JSON", "a/b/c;;;="],
];

const HEADERS: readonly string[] = [
  ...["Origin: https://evil.example", "Origin: null", "Origin: \xff", "Host: [", "Host: a b"],
  ...["Host:", "Cookie: parley-refresh=%00", "Cookie: =;;=\xff", "Expect: 100-continue"],
  ...["Expect: nothing", "X-Forwarded-For: \xff", "Upgrade: websocket", "Connection: Upgrade"],
  ...["Connection: close", "Connection: keep-alive, upgrade\r\nUpgrade: websocket", "X: a\x01b"],
  ...["Range: bytes=9-1", "If-None-Match: *", "Accept: \xff", "Content-Encoding: gzip", "Te: x"],
  ...["Authorization: Bearer two", "Content-Length: 3", "Transfer-Encoding: gzip", "no colon"],
  ...[": no name", "__proto__: 1", "User-Agent: \ud83d", `Long: ${"y".repeat(20_000)}`],
];

/** Such that what follows may be misunderstood. */
const AMBIGUOUS =
  /^(Upgrade|Connection|Content-Length|Transfer-Encoding|Expect|no colon|:|X:|Long|Te|Host)/;

export function makeRequest(
  random: Random,
  route: Route,
  schema: z.ZodObject | undefined,
  { token, refreshToken }: Credentials,
  world: World,
): RequestCase {
  const path = route.path.replace(
    /:\w+/g,
    () => random.chance(0.7) ? random.pick(world.ids) : random.pick(SEGMENTS),
  );
  const query = route.method === "GET" || random.chance(0.05)
    ? makeQuery(random, schema, world)
    : "";
  const lines = [`${route.method} ${path}${query} HTTP/1.1`, "Host: 127.0.0.1"];
  if (random.chance(0.9)) lines.push(`Authorization: Bearer ${makeToken(random, token)}`);
  let alone = false;
  if (random.chance(0.06)) {
    const header = random.pick(HEADERS);
    lines.push(header);
    alone = AMBIGUOUS.test(header);
  }
  if (route.method === "GET" && random.chance(0.95)) {
    return { bytes: bytesOf(lines, new Uint8Array()), alone };
  }
  const type = random.chance(0.96) ? "application/json" : random.pick(CONTENT_TYPES);
  if (random.chance(0.98)) lines.push(`Content-Type: ${type}`);
  const body = makeBody(random, schema, world, refreshToken);
  if (random.chance(0.05)) {
    const spoiled = random.chance(0.3);
    lines.push("Transfer-Encoding: chunked");
    const chunked = encoder.encode(`${body.length.toString(16)}\r\n`);
    const whole = joined(chunked, body, encoder.encode("\r\n0\r\n\r\n"));
    const sent = spoiled ? mutateBytes(whole, random) : whole;
    return { bytes: bytesOf(lines, sent), alone: alone || spoiled };
  }
  const lie = random.chance(0.02);
  const told = lie ? random.pick([0, 1, body.length - 1, body.length + 1, 1e9, -1]) : body.length;
  lines.push(`Content-Length: ${told}`);
  return { bytes: bytesOf(lines, body), alone: alone || lie };
}

function makeQuery(random: Random, own: z.ZodObject | undefined, world: World): string {
  const schema = own !== undefined && random.chance(0.9) ? own : random.pick(SCHEMAS);
  const parts = Object.entries(exampleOf(schema, pool(random, world)) as object)
    .filter(() => random.chance(0.8))
    .map(([name, value]) => {
      const written = random.chance(0.3) ? random.pick(VALUES) : encodeURIComponent(plain(value));
      return `${name}=${written}`;
    });
  if (random.chance(0.1)) {
    parts.push(random.pick(["__proto__=1", "limit=1&limit=2", "=", "&&", "%", "query", "a[b]=c"]));
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function makeToken(random: Random, token: string): string {
  if (random.chance(0.85)) return token;
  const at = random.below(token.length);
  const other = random.pick(["", "x", ".", "..", "=", "eyJhbGciOiJub25lIn0.e30."]);
  return token.slice(0, at) + other + (random.chance(0.5) ? token.slice(at + 1) : "");
}

function makeBody(
  random: Random,
  own: z.ZodObject | undefined,
  world: World,
  refreshToken: string,
): Uint8Array {
  const schema = own !== undefined && random.chance(0.9) ? own : random.pick(SCHEMAS);
  const fields = fieldsOf(exampleOf(schema, pool(random, world, refreshToken)) as object)
    .filter(() => random.chance(0.9));
  mutateFields(fields, random);
  const body = encoder.encode(writeFields(fields));
  if (random.chance(0.25)) return mutateBytes(body, random);
  if (!random.chance(0.0005)) return body;
  const whole = new Uint8Array(LIMITS.bodyBytes + random.below(3) - 1).fill(0x20);
  whole.set(body);
  return whole;
}

function bytesOf(lines: readonly string[], body: Uint8Array): Uint8Array {
  // Headers are bytes: a character above 127 is one of them, and so not UTF-8.
  const head = `${lines.join("\r\n")}\r\n\r\n`;
  return joined(Uint8Array.from(head, (character) => character.charCodeAt(0)), body);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
