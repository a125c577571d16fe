import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";
import { isTooDeep } from "../json_depth.ts";
import { LIMITS } from "../protocol/codes.ts";

/** Behind the limit of its bytes. The text is kept, and whoever wants JSON parses that. */
export const limitDepth = createMiddleware(async (c, next) => {
  if (c.req.raw.body !== null && isTooDeep(await c.req.text())) {
    throw new AppError("invalid", `a body may be at most ${LIMITS.jsonDepth} deep`);
  }
  await next();
});
