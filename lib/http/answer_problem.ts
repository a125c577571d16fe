import type { Context, ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import { problemOf } from "../problem.ts";
import { isAway } from "../sql/failures.ts";

/** Answers every error as `application/problem+json` (RFC 9457). */
export function createErrorHandler(log: Log): ErrorHandler {
  return (error, c) => {
    const known = knownError(error);
    if (known !== undefined) return answer(c, known);
    // What is not foreseen is our fault: logged in full, told in general.
    const { method } = c.req;
    log.error("request.failed", {
      request: c.get("requestId"),
      method,
      route: routePath(c, -1),
      error,
    });
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
  if (isAway(error)) {
    return new AppError("unavailable", "the database cannot be used now", { retryAfter: 2 });
  }
  return undefined;
}

function answer(c: Context, error: AppError): Response {
  const problem = problemOf(error);
  if (problem.retryAfter !== undefined) c.header("retry-after", String(problem.retryAfter));
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
  });
}
