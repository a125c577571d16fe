/** The verification service for processes that do not run it: mounted at /internal/verify. */
import * as z from "zod";
import { validate } from "../lib/http/validate.ts";
import { CodePurpose, Email } from "../lib/protocol/requests.ts";
import { internalRoutes } from "../lib/services/internal_routes.ts";
import type { ServiceTokens } from "../lib/services/service_tokens.ts";
import { CodeRequest, Notice } from "./requests.ts";
import type { Verify } from "./service.ts";

const Key = z.strictObject({ purpose: CodePurpose, email: Email });
const Send = z.strictObject({ key: Key, request: CodeRequest });
const Guess = z.strictObject({ key: Key, code: z.string().max(100) });

export function verifyRoutes(verify: Verify, tokens: ServiceTokens) {
  return internalRoutes("verify", tokens)
    .post("/send", validate("json", Send), async (c) => {
      const { key, request } = c.req.valid("json");
      return c.json(await verify.send(key, request));
    })
    .post("/tell", validate("json", Notice), async (c) => {
      await verify.tell(c.req.valid("json"));
      return c.body(null, 204);
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
