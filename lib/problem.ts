import { STATUS_CODES } from "node:http";
import type { AppError } from "./errors.ts";
import { BARE_HEADERS } from "./http/safe_headers.ts";
import { ERROR_STATUS, type ErrorCode } from "./protocol/codes.ts";
import type { Challenge } from "./protocol/model.ts";

const TITLES: Partial<Record<ErrorCode, string>> = {
  "invalid": "The request is not valid",
  "unauthenticated": "Not signed in",
  "credentials": "Wrong name or password",
  "internal": "Something went wrong",
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  errors?: readonly { path: string; message: string }[];
  /** Seconds. */
  retryAfter?: number;
  challenge?: Challenge;
  because?: string;
};

/** An error as `application/problem+json` (RFC 9457). */
export function problemOf(error: AppError): Problem {
  const { code, message, errors, retryAfter, challenge, because, ownStatus } = error;
  // Not JSON at all is the client's syntax (400), a schema that does not fit its content (422).
  const usual = code === "invalid" && errors === undefined ? 400 : ERROR_STATUS[code];
  return {
    type: `urn:parley:error:${code}`,
    title: TITLES[code] ?? code.replaceAll("-", " "),
    status: ownStatus ?? usual,
    detail: message,
    code,
    ...(errors !== undefined && { errors }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(challenge !== undefined && { challenge }),
    ...(because !== undefined && { because }),
  };
}

/** A whole HTTP answer, for a connection that ends with it and has no response of its own. */
export function writeProblem(problem: Problem): string {
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "connection: close",
    "content-type: application/problem+json",
    `content-length: ${new TextEncoder().encode(body).length}`,
    ...Object.entries(BARE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    ...(problem.retryAfter === undefined ? [] : [`retry-after: ${problem.retryAfter}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
