import { hc } from "hono/client";
import { type Caller, SERVICE_BASE } from "../lib/services/caller.ts";
import type { VerifyRoutes } from "./http.ts";
import type { Verify } from "./service.ts";

/** Milliseconds: a person waits for the answer, and a store that is locked gets a second chance. */
const WITHIN = 15_000;

/**
 * The verification service of another process. Nothing is asked twice: a mail would be sent twice or
 * refused as too soon, a wrong guess would count twice, and a code that was used up would be gone.
 */
export function remoteVerify(caller: Caller): Verify {
  const client = hc<VerifyRoutes>(`${SERVICE_BASE}/internal/verify`, {
    fetch: caller.fetch({ again: false, within: WITHIN }),
  });
  return {
    send: async (key, request) => (await client.send.$post({ json: { key, request } })).json(),
    tell: async (notice) => void await client.tell.$post({ json: notice }),
    check: async (key, code) => void await client.check.$post({ json: { key, code } }),
    use: async (key, code) => void await client.use.$post({ json: { key, code } }),
  };
}
