import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { withDeadline } from "../deadline.ts";

/**
 * Milliseconds that a request has from its header to its answer, whatever it waits for: a turn, the
 * database, another service. As long as a statement may take.
 */
export const ANSWER_WITHIN = 30_000;

/** Answers 504 to what takes longer. Other services are told how much of the time is left. */
export function answerWithin(msOf: (c: Context) => number) {
  return createMiddleware((c, next) => withDeadline(msOf(c), next));
}
