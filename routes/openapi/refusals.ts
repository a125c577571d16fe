import type { Asks } from "../../lib/http/asks.ts";
import { ERROR_STATUS, type ErrorCode } from "../../lib/protocol/codes.ts";
import type { Row } from "./contract.ts";
import type { Answer } from "./document.ts";
import type { JsonSchema } from "./schemas.ts";

/** Codes by the status that they are answered with. */
export type Refusals = ReadonlyMap<number, ReadonlySet<ErrorCode>>;

/** What a request may be refused with: by what stands before its route, and by the route itself. */
export function refusalsOf(
  { method, path, row, asks }: { method: string; path: string; row: Row; asks: Asks },
): Refusals {
  const found = new Map<number, Set<ErrorCode>>();
  const add = (code: ErrorCode, status: number = ERROR_STATUS[code]) => {
    found.set(status, (found.get(status) ?? new Set()).add(code));
  };
  // What cannot be read as a request, or as JSON.
  add("invalid", 400);
  add("internal");
  if (row.group !== "Service") {
    add("unsupported");
    add("rate-limited");
    add("unavailable");
    add("timeout");
  }
  if (method !== "GET") {
    // Another site's page asks.
    add("forbidden");
    add("too-large");
  }
  if (asks.session) add("unauthenticated");
  if (asks.json !== undefined || asks.query !== undefined) add("invalid");
  if (path.includes(":")) add("not-found");
  for (const code of row.refusals ?? []) add(code);
  for (const [status, code] of Object.entries(row.ownStatuses ?? {})) add(code, Number(status));
  // A status that says something else here is no refusal.
  for (const status of Object.keys(row.answers)) found.delete(Number(status));
  return new Map([...found].sort(([one], [other]) => one - other));
}

const WORDS: Readonly<Record<ErrorCode, string>> = {
  "invalid": "something about the request is not valid; `errors` names the fields",
  "unauthenticated": "no session, or one that has ended",
  "forbidden": "not this person's to do, or asked by another site's page",
  "not-found": "there is no such thing",
  "conflict": "it does not go with how things are",
  "gone": "it is over",
  "too-large": "the body is too long",
  "unsupported": "the body is no JSON",
  "rate-limited": "too many of these; `Retry-After` says when to go on",
  "code-wrong": "the code is not right",
  "code-expired": "the code is no longer valid, or was never sent",
  "credentials": "the name or the password is wrong",
  "not-contact": "not between people who are no contacts",
  "not-member": "there is no such conversation, or one is not in it",
  "unavailable": "not now; `Retry-After` says when to try again",
  "timeout": "it took too long, and may have been done",
  "internal": "a mistake of the server's",
};

/** Shows each set of refusals once, and refers to it from then on. */
export interface ShownRefusals {
  refer(status: number, codes: ReadonlySet<ErrorCode>): { $ref: string };
  named(): Record<string, Answer>;
}

/** @param problem how the schema of every problem is referred to */
export function showRefusals(problem: JsonSchema): ShownRefusals {
  const shown = new Map<string, Answer>();
  return {
    refer: (status, codes) => {
      const name = [status, ...codes].join(".");
      if (!shown.has(name)) shown.set(name, answerOf(codes, problem));
      return { $ref: `#/components/responses/${name}` };
    },
    named: () => Object.fromEntries([...shown].sort(([one], [other]) => one < other ? -1 : 1)),
  };
}

/** For these the problem says when to come back, wherever that can be known. */
const TEMPORARY: ReadonlySet<ErrorCode> = new Set(["rate-limited", "unavailable", "timeout"]);

function answerOf(codes: ReadonlySet<ErrorCode>, problem: JsonSchema): Answer {
  const list = [...codes];
  return {
    description: list.map((code) => `\`${code}\`: ${WORDS[code]}`).join(". "),
    ...(list.every((code) => TEMPORARY.has(code)) && {
      headers: {
        "Retry-After": {
          required: true,
          description: "Seconds after which to try again.",
          schema: { type: "integer", minimum: 0 },
        },
      },
    }),
    content: {
      "application/problem+json": {
        schema: { ...problem, properties: { code: { enum: list } } },
      },
    },
  };
}
