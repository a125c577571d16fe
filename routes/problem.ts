import type { Context, ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { ERROR_STATUS, type ErrorCode } from "../lib/protocol/codes.ts";
import { afterFailure } from "../lib/sql/failures.ts";

const TITLES: Partial<Record<ErrorCode, string>> = {
  "invalid": "The request is not valid",
  "unauthenticated": "Not signed in",
  "credentials": "Wrong name or password",
  "internal": "Something went wrong",
};

/** Answers every error as `application/problem+json` (RFC 9457). */
export function createErrorHandler(log: Log): ErrorHandler {
  return (error, c) => {
    const { method, path } = c.req;
    const known = knownError(error);
    if (known !== undefined) return answer(c, known);
    // What is not foreseen is our fault: logged in full, told in general.
    log.error("request.failed", { method, path, error });
    return answer(c, new AppError("internal", "something went wrong here; try again"));
  };
}

export const answerNotFound: NotFoundHandler = (c) =>
  answer(c, new AppError("not-found", "there is nothing at this address"));

function knownError(error: Error): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException && error.status === 400) {
    return new AppError("invalid", "the body is not JSON");
  }
  if (afterFailure(error) === "unknown") {
    return new AppError("unavailable", "the database cannot be reached", { retryAfter: 2 });
  }
  return undefined;
}

function answer(c: Context, error: AppError): Response {
  const { code, message, errors, retryAfter } = error;
  // Not JSON at all is the client's syntax (400), a schema that does not fit its content (422).
  const status = code === "invalid" && errors === undefined ? 400 : ERROR_STATUS[code];
  const problem = {
    type: `urn:parley:error:${code}`,
    title: TITLES[code] ?? code.replaceAll("-", " "),
    status,
    detail: message,
    code,
    ...(errors !== undefined && { errors }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
  if (retryAfter !== undefined) c.header("retry-after", String(retryAfter));
  return c.body(JSON.stringify(problem), status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
  });
}
