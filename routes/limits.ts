/**
 * How much may be asked: by one account, by one session, and from one network address. The bounds are far above what
 * people do, and above what a page does that has four hundred conversations to catch up with; many
 * people share one address. What must not be tried often is bounded more tightly, and exactly.
 */
import type { Context, MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { LinearRouter } from "hono/router/linear-router";
import { networkBlock } from "../lib/client_address.ts";
import { AppError } from "../lib/errors.ts";
import type { Bucket, Taken } from "../lib/kv/buckets.ts";
import type { Access } from "../lib/tokens.ts";
import type { Env, Gate } from "./context.ts";
import { networkOf } from "./network.ts";

/** So many at once, and so many a minute in the long run. */
type Rate = readonly [burst: number, perMinute: number];

type Group = {
  /** By the account that asks. */
  readonly account?: Rate;
  /**
   * By the session that asks: for what a person needs to throw somebody out, who could use the
   * account's up. To begin more of them somebody has to know the password.
   */
  readonly session?: Rate;
  /** By the network address that asks; where there is none, `other` has it. */
  readonly network?: Rate;
  /** Counted one by one, for all processes together. */
  readonly exact?: boolean;
};

const GROUPS = {
  "sign-up": { network: [100, 60], exact: true },
  "sign-in": { network: [600, 600] },
  // Each of them asks the database, also one that is refused.
  "code": { network: [60, 60] },
  "reset": { network: [30, 10], exact: true },
  "refresh": { network: [2_000, 3_000] },
  "password": { session: [10, 1], exact: true },
  "own-sessions": { session: [120, 60] },
  "search": { account: [100, 60] },
  "contact-request": { account: [60, 20] },
  "invitation": { account: [60, 20] },
  "conversation": { account: [100, 60] },
  // Each may ask a stranger's server.
  "preview": { account: [60, 60] },
  "ticket": { account: [120, 60] },
  // A person sends many pictures at once, in parts; and as often as a bad network breaks them off.
  "upload": { account: [600, 300] },
  // Each may read from the store, and ask whether something is here.
  "instant-file": { account: [600, 300] },
  "other": { account: [1_500, 1_800], network: [20_000, 60_000] },
} as const satisfies Record<string, Group>;

export type LimitedGroup = keyof typeof GROUPS;

/** Each route's group; `other` has what is not here, so that no route is forgotten. */
const ROUTES: readonly (readonly [method: string, path: string, group: LimitedGroup])[] = [
  ["POST", "/accounts", "sign-up"],
  ["POST", "/sessions", "sign-in"],
  ["POST", "/sessions/refresh", "refresh"],
  ["POST", "/verification-codes", "code"],
  ["POST", "/password-resets", "reset"],
  ["POST", "/me/password", "password"],
  ["POST", "/me/email", "password"],
  ["POST", "/me/deletion", "password"],
  ["GET", "/sessions", "own-sessions"],
  ["DELETE", "/sessions/:id", "own-sessions"],
  ["GET", "/users", "search"],
  ["POST", "/contact-requests", "contact-request"],
  ["POST", "/me/invites", "invitation"],
  ["POST", "/conversations/:id/invites", "invitation"],
  ["POST", "/conversations", "conversation"],
  ["GET", "/link-previews", "preview"],
  ["POST", "/tickets", "ticket"],
  ["POST", "/files", "upload"],
  ["POST", "/files/instant", "instant-file"],
];

export interface RouteLimits {
  /** Middleware in front of everything: whoever asks too much from one address. */
  readonly ofNetwork: MiddlewareHandler<Env>;
  /** For whoever is known by now, and signed in still. @throws AppError `rate-limited` */
  ofAccount(c: Context<Env>, access: Access): Promise<void>;
}

/** Where the routes are mounted. */
const BASE = "/api/v1";

export function createLimits(
  gate: Pick<Gate, "limits" | "clientAddress"> & { config: Pick<Gate["config"], "limits"> },
): RouteLimits {
  const { limits, config } = gate;
  if (!config.limits) {
    return { ofNetwork: (_c, next) => next(), ofAccount: () => Promise.resolve() };
  }
  const router = new LinearRouter<LimitedGroup>();
  for (const [method, path, group] of ROUTES) router.add(method, BASE + path, group);
  const groupOf = ({ req: { method, path } }: Context<Env>): LimitedGroup =>
    router.match(method === "HEAD" ? "GET" : method, path)[0][0]?.[0] ?? "other";

  const count = async (c: Context<Env>, name: LimitedGroup, bucket: Bucket) => {
    const { exact = false }: Group = GROUPS[name];
    const [taken] = exact ? await limits.takeExactly([bucket]) : limits.take([bucket]);
    if (taken === undefined) return;
    tell(c, name, bucket, taken);
    if (taken.wait === 0) return;
    throw new AppError("rate-limited", "too many requests of this kind; slow down", {
      retryAfter: Math.ceil(taken.wait / 1000),
    });
  };

  return {
    ofNetwork: createMiddleware<Env>(async (c, next) => {
      const network = networkBlock(networkOf(gate, c));
      // Empty where the connection has ended: nobody is there for an answer.
      if (network !== "") {
        const group: Group = GROUPS[groupOf(c)];
        const name = group.network === undefined ? "other" : groupOf(c);
        const rate = group.network ?? GROUPS.other.network;
        await count(c, name, bucketOf([name, "network", network], rate));
      }
      await next();
    }),
    ofAccount: async (c, { user, session }) => {
      const name = groupOf(c);
      const group: Group = GROUPS[name];
      if (group.account !== undefined) {
        await count(c, name, bucketOf([name, "account", user], group.account));
      }
      if (group.session !== undefined) {
        await count(c, name, bucketOf([name, "session", session], group.session));
      }
    },
  };
}

function bucketOf(key: readonly string[], [burst, perMinute]: Rate): Bucket {
  return { key, burst, perSecond: perMinute / 60 };
}

/** Says how much is left (draft-ietf-httpapi-ratelimit-headers): of what is asked of the account, once it is known. */
function tell(c: Context<Env>, name: string, bucket: Bucket, { remaining, fullIn }: Taken): void {
  const window = Math.ceil(bucket.burst / bucket.perSecond);
  c.header("ratelimit-policy", `"${name}";q=${bucket.burst};w=${window}`);
  c.header("ratelimit", `"${name}";r=${remaining};t=${Math.ceil(fullIn / 1000)}`);
}
