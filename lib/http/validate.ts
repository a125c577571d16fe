import { zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
import type * as z from "zod";
import { refuseLate } from "../deadline.ts";
import { AppError, type FieldProblem } from "../errors.ts";
import { Id } from "../protocol/model.ts";
import { asking } from "./asks.ts";

/**
 * Validates a part of the request; what does not fit is told field by field. Nothing is done for a body
 * that took longer to come than anybody waits.
 */
export function validate<
  T extends z.ZodType,
  Target extends keyof ValidationTargets & ("json" | "query"),
>(
  target: Target,
  schema: T,
) {
  const validator = zValidator(target, schema, (result) => {
    refuseLate();
    if (result.success) return;
    throw new AppError("invalid", "the request has fields that are not valid", {
      errors: result.error.issues.flatMap(problemsOf),
    });
  });
  return asking(validator, { [target]: schema });
}

/** A field that nobody knows has a problem of its own: the issue is of the object around it. */
function problemsOf(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code !== "unrecognized_keys") {
    return [{ path: issue.path.join("."), message: issue.message }];
  }
  return issue.keys.map((key) => ({
    path: [...issue.path, key].join("."),
    message: "is not known here",
  }));
}

/** An id from a path; one that is none names nothing. */
export function idParam(value: string): Id {
  const parsed = Id.safeParse(value);
  if (!parsed.success) throw new AppError("not-found", "there is nothing with this id");
  return parsed.data;
}
