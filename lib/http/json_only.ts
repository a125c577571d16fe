import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";

/** Bodies are JSON and say so: a foreign form cannot, and a mistake gets a clear answer. */
export const jsonOnly = createMiddleware(async (c, next) => {
  const type = c.req.header("content-type");
  if (type !== undefined && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new AppError("unsupported", `a body is application/json, not ${type}`);
  }
  await next();
});
