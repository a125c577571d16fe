import { zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
import type * as z from "zod";
import { AppError } from "../lib/errors.ts";
import { Id } from "../lib/protocol/model.ts";

/** Validates a part of the request; what does not fit is told field by field. */
export function validate<T extends z.ZodType, Target extends keyof ValidationTargets>(
  target: Target,
  schema: T,
) {
  return zValidator(target, schema, (result) => {
    if (result.success) return;
    throw new AppError("invalid", "the request has fields that are not valid", {
      errors: result.error.issues.map((issue) => ({
        path: issue.path.join("."),
        message: issue.message,
      })),
    });
  });
}

/** An id from a path; one that is none names nothing. */
export function idParam(value: string): Id {
  const parsed = Id.safeParse(value);
  if (!parsed.success) throw new AppError("not-found", "there is nothing with this id");
  return parsed.data;
}
