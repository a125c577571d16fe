import { Hono } from "hono";
import { validate } from "../lib/http/validate.ts";
import { ListSecurityEvents } from "../lib/protocol/requests.ts";
import { readSecurityEvents } from "../lib/sql/security_events.ts";
import type { Env, Gate } from "./context.ts";
import type { SignedIn } from "./signed_in.ts";

/** What happened to one's own account, for oneself alone. */
export function securityEvents({ sql }: Gate, signedIn: SignedIn) {
  return new Hono<Env>()
    .get("/", signedIn(), validate("query", ListSecurityEvents), async (c) => {
      return c.json(await readSecurityEvents(sql, c.get("access").user, c.req.valid("query")));
    });
}
