import { Hono } from "hono";
import { validate } from "../lib/http/validate.ts";
import { RequestCode } from "../lib/protocol/requests.ts";
import { emailHasAccount } from "../lib/sql/users.ts";
import type { Env, Gate } from "./context.ts";
import { languageOf } from "./language.ts";
import { networkOf } from "./network.ts";

export function verificationCodes(gate: Gate) {
  const { sql, verify } = gate;
  return new Hono<Env>()
    .post("/", validate("json", RequestCode), async (c) => {
      const { email, purpose, proof } = c.req.valid("json");
      const known = await emailHasAccount(sql, email);
      const request = { known, language: languageOf(c), network: networkOf(gate, c), proof };
      return c.json(await verify.send({ email, purpose }, request), 202);
    });
}
