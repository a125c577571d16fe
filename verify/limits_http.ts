/** Limits and challenges for processes that do not run verify: mounted at /internal/verify/limits. */
import * as z from "zod";
import { validate } from "../lib/http/validate.ts";
import { internalRoutes } from "../lib/services/internal_routes.ts";
import type { ServiceTokens } from "../lib/services/service_tokens.ts";
import type { Challenges } from "./challenge.ts";
import type { SharedLimits } from "./limits.ts";

const Text = z.string().max(400);
const Bucket = z.strictObject({
  key: z.array(Text).min(1).max(8),
  perSecond: z.number().positive().max(1e6),
  burst: z.number().positive().max(1e6),
});
const Take = z.strictObject({
  buckets: z.array(Bucket).min(1).max(10),
  cost: z.number().positive().max(1e6).optional(),
});
const Spend = z.strictObject({
  spent: z.array(z.strictObject({ bucket: Bucket, tokens: z.number().min(-1e6).max(1e6) }))
    .min(1).max(100),
});
const Purpose = z.array(Text).min(1).max(8);
const Make = z.strictObject({ purpose: Purpose });
const Redeem = z.strictObject({ purpose: Purpose, proof: z.string().max(4_000) });

export function limitsRoutes(limits: SharedLimits, challenges: Challenges, tokens: ServiceTokens) {
  return internalRoutes("verify", tokens)
    .post("/take", validate("json", Take), async (c) => {
      const { buckets, cost } = c.req.valid("json");
      return c.json({ taken: await limits.take(buckets, cost) });
    })
    .post("/spend", validate("json", Spend), async (c) => {
      return c.json({ fullIn: await limits.spend(c.req.valid("json").spent) });
    })
    .post("/challenge", validate("json", Make), async (c) => {
      return c.json(await challenges.make(c.req.valid("json").purpose));
    })
    .post("/redeem", validate("json", Redeem), async (c) => {
      const { purpose, proof } = c.req.valid("json");
      return c.json({ right: await challenges.redeem(purpose, proof) });
    });
}

export type LimitsRoutes = ReturnType<typeof limitsRoutes>;
