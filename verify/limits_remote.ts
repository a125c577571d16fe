import { hc } from "hono/client";
import { type Caller, SERVICE_BASE } from "../lib/services/caller.ts";
import type { Challenges } from "./challenge.ts";
import type { SharedLimits } from "./limits.ts";
import type { LimitsRoutes } from "./limits_http.ts";

/** Milliseconds: whoever asks goes by what it has counted itself long before that. */
const WITHIN = 1_000;

/** Those of another process. Nothing is asked twice: it would count twice. */
export function remoteLimits(caller: Caller): { limits: SharedLimits; challenges: Challenges } {
  const client = hc<LimitsRoutes>(`${SERVICE_BASE}/internal/verify/limits`, {
    fetch: caller.fetch({ again: false, within: WITHIN }),
  });
  return {
    limits: {
      take: async (buckets, cost) => {
        const json = { buckets: buckets.map(plain), cost };
        return (await (await client.take.$post({ json })).json()).taken;
      },
      spend: async (spent) => {
        const json = {
          spent: spent.map(({ bucket, tokens }) => ({ bucket: plain(bucket), tokens })),
        };
        return (await (await client.spend.$post({ json })).json()).fullIn;
      },
    },
    challenges: {
      make: async (purpose) =>
        await (await client.challenge.$post({ json: { purpose: [...purpose] } })).json(),
      redeem: async (purpose, proof) => {
        const json = { purpose: [...purpose], proof };
        return (await (await client.redeem.$post({ json })).json()).right;
      },
    },
  };
}

function plain<T extends { key: readonly string[] }>(bucket: T) {
  return { ...bucket, key: [...bucket.key] };
}
