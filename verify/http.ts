/** The verification service for processes that do not run it: mounted at /internal/verify. */
import * as z from "zod";
import { validate } from "../lib/http/validate.ts";
import { CodePurpose } from "../lib/protocol/requests.ts";
import { internalRoutes } from "../lib/services/internal_routes.ts";
import type { ServiceTokens } from "../lib/services/service_tokens.ts";
import type { Verify } from "./service.ts";

const Key = z.strictObject({ purpose: CodePurpose, email: z.string().min(3).max(254) });
const Send = z.strictObject({ key: Key, known: z.boolean() });
const Guess = z.strictObject({ key: Key, code: z.string().max(100) });

export function verifyRoutes(verify: Verify, tokens: ServiceTokens) {
  return internalRoutes("verify", tokens)
    .post("/send", validate("json", Send), async (c) => {
      const { key, known } = c.req.valid("json");
      return c.json(await verify.send(key, known));
    })
    .post("/check", validate("json", Guess), async (c) => {
      const { key, code } = c.req.valid("json");
      await verify.check(key, code);
      return c.body(null, 204);
    })
    .post("/use", validate("json", Guess), async (c) => {
      const { key, code } = c.req.valid("json");
      await verify.use(key, code);
      return c.body(null, 204);
    });
}

export type VerifyRoutes = ReturnType<typeof verifyRoutes>;
