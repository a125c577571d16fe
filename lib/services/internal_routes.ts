/** What stands in front of the routes that services have for one another. */
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import * as z from "zod";
import { AppError } from "../errors.ts";
import { answerWithin } from "../http/answer_in_time.ts";
import { jsonOnly } from "../http/json_only.ts";
import { limitBody } from "../http/limit_body.ts";
import { limitDepth } from "../http/limit_depth.ts";
import { noStore } from "../http/no_store.ts";
import type { ServiceTokens } from "./service_tokens.ts";

/** Milliseconds: for a caller that says nothing, and the most that one can ask for. */
const USUAL = 10_000;
const MOST = 60_000;

const Deadline = z.string().regex(/^\d{1,9}$/).transform(Number);

/** To be mounted below `/internal/<service>`. Nothing of a request is looked at before its token. */
export function internalRoutes(service: string, tokens: ServiceTokens) {
  return new Hono()
    .use(noStore)
    .use(requireToken(service, tokens))
    .use(answerWithin(askedTime))
    .use(jsonOnly)
    .use(limitBody)
    .use(limitDepth)
    .get("/", (c) => c.json({ status: "alive" }));
}

function requireToken(service: string, tokens: ServiceTokens) {
  return createMiddleware(async (c, next) => {
    await tokens.check(service, /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1]);
    await next();
  });
}

/** The header `deadline` says for how many milliseconds the caller still waits. */
function askedTime(c: Context): number {
  const header = c.req.header("deadline");
  const { data, success } = Deadline.safeParse(header ?? String(USUAL));
  if (!success) {
    throw new AppError("invalid", `the header deadline is milliseconds, not ${header}`);
  }
  return Math.min(data, MOST);
}
