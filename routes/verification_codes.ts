import { Hono } from "hono";
import { validate } from "../lib/http/validate.ts";
import { RequestCode } from "../lib/protocol/requests.ts";
import { emailHasAccount } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";

export function verificationCodes({ sql, verify }: Gate) {
  return new Hono<Env>()
    .post("/", validate("json", RequestCode), async (c) => {
      const { email, purpose } = c.req.valid("json");
      const known = await emailHasAccount(sql, email);
      return c.json(await verify.send({ email, purpose }, known), 202);
    });
}
