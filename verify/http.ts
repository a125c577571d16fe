/** The verification service for processes that do not run it: mounted at /internal/verify. */
import * as z from "zod";
import { validate } from "../lib/http/validate.ts";
import { LANGUAGES } from "../lib/protocol/codes.ts";
import { Time } from "../lib/protocol/model.ts";
import { CodePurpose, DisplayName, Email } from "../lib/protocol/requests.ts";
import { text } from "../lib/protocol/text.ts";
import { internalRoutes } from "../lib/services/internal_routes.ts";
import type { ServiceTokens } from "../lib/services/service_tokens.ts";
import type { Verify } from "./service.ts";

const Key = z.strictObject({ purpose: CodePurpose, email: Email });
const Request = z.strictObject({
  known: z.boolean(),
  language: z.enum(LANGUAGES),
  network: z.string().max(64),
  proof: z.string().max(4_000).optional(),
});
const Send = z.strictObject({ key: Key, request: Request });
const Told = z.strictObject({
  kind: z.enum([
    "password-changed",
    "password-reset",
    "email-changed-from",
    "email-changed-to",
    "deletion-asked",
    "deletion-called-off",
    "session-stolen",
  ]),
  to: Email,
  language: z.enum(LANGUAGES),
  name: DisplayName,
  at: Time,
  device: text({ max: 120 }).optional(),
  ip: z.string().max(64).optional(),
});
const Guess = z.strictObject({ key: Key, code: z.string().max(100) });

export function verifyRoutes(verify: Verify, tokens: ServiceTokens) {
  return internalRoutes("verify", tokens)
    .post("/send", validate("json", Send), async (c) => {
      const { key, request } = c.req.valid("json");
      return c.json(await verify.send(key, request));
    })
    .post("/tell", validate("json", Told), async (c) => {
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
