/** What a row of the matrix asks for, and how it is asked. */
import { ERROR_STATUS } from "../../lib/protocol/codes.ts";
import type { Body } from "../support/api_server.ts";
import type { Sql } from "../../lib/sql/open.ts";
import type { Kind, Name, World } from "./world.ts";

/** One way to ask a route or a frame for something. */
export type Case<Ask> = {
  ask(world: World, me: Kind): Ask;
  /** Makes the world fit for it. */
  arrange?(sql: Sql, world: World): Promise<unknown>;
  /** What else of an answer the cell tells. */
  shows?(answer: Body, world: World): string;
  /** Whether the cell tells if anybody else heard of it. */
  heard?: true;
};

/** By what they are, each with the cases by their names. */
export type Cases<Ask> = Readonly<Record<string, Readonly<Record<string, Case<Ask>>>>>;

export type RouteAsk = {
  /** What stands in the path's places. */
  path?: readonly string[];
  /** Given where the route takes a query at all. */
  query?: Readonly<Record<string, string>>;
  /** Given where the route takes a body at all. */
  body?: Readonly<Record<string, unknown>>;
  /** Of another protocol that the route speaks, and what is sent where that is no JSON. */
  headers?: Readonly<Record<string, string>>;
  bytes?: string;
  /** Ends or renews the session that it is asked in. */
  usesUpSession?: true;
  /** Who asks instead, because it would end the session that others are asked in. */
  as?: Name;
};

export type RouteCase = Case<RouteAsk>;

export type FrameAsk = Readonly<Record<string, unknown>>;

/** An answer as it came, but for what every answer has of its own: the time. */
export type RouteAnswer = { status: number; headers: string; text: string };

const API = "/api/v1";

/** As it stands in the matrix: without the prefix, unless it is none of the interface's. */
export function nameOf({ method, path }: { method: string; path: string }): string {
  return `${method} ${path.startsWith(API) ? path.slice(API.length) : path}`;
}

/** Of the moment, whoever asks. */
const PASSING = new Set(["date", "x-request-id"]);
const AT_ROOT = /^\/(healthz|readyz|metrics|dev|docs|openapi)\b/;

export async function askRoute(
  origin: string,
  name: string,
  { path = [], query = {}, body, headers: more, bytes }: RouteAsk,
  token: string | undefined,
): Promise<RouteAnswer> {
  const [method = "", pattern = ""] = name.split(" ");
  let place = 0;
  const filled = pattern.replace(/:\w+/g, () => path[place++] ?? "missing");
  const address = new URL((AT_ROOT.test(pattern) ? "" : API) + filled, origin);
  address.search = new URLSearchParams(query).toString();
  const response = await fetch(address, {
    method,
    redirect: "manual",
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...more,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(bytes !== undefined && { body: bytes }),
  });
  const headers = [...response.headers].filter(([header]) => !PASSING.has(header));
  return {
    status: response.status,
    headers: headers.map((pair) => pair.join(": ")).sort().join("\n"),
    text: await response.text(),
  };
}

/** What the cell of such an answer says: its status or, of a refusal, its code. */
export function outcomeOfRoute({ status, headers, text }: RouteAnswer): string {
  if (status < 400) return String(status);
  if (!headers.includes("content-type: application/problem+json")) return `${status} ${text}`;
  const { code, ...problem }: { code: keyof typeof ERROR_STATUS; status: number } = JSON.parse(
    text,
  );
  const right = ERROR_STATUS[code] === status && problem.status === status;
  return right ? code : `${code} with ${status}`;
}

export function outcomeOfFrame(answer: string): string {
  const { type, code }: { type: string; code?: string } = JSON.parse(answer);
  return type === "error" ? String(code) : type;
}

export function isRefusal(outcome: string): boolean {
  return Object.hasOwn(ERROR_STATUS, outcome.split(" ")[0] ?? "");
}
