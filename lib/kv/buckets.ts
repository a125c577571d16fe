/**
 * Token buckets, below the prefix `buckets`: how much somebody has done of something lately. Each is
 * one time, by the generic cell rate algorithm (ITU-T I.371): the moment at which it will be full
 * again.
 */
import { patiently } from "./patiently.ts";

export type Bucket = {
  /** What is limited, and whose. */
  key: readonly string[];
  /** Tokens that come back in a second. */
  perSecond: number;
  /** Tokens in a full one. */
  burst: number;
};

export type Taken = {
  /** Whole tokens that are left. */
  remaining: number;
  /** Milliseconds until there are as many as were asked for; 0 where they were taken. */
  wait: number;
};

/** Beyond the time that a bucket is full again, because stores judge that by clocks of their own. */
const KEPT = 24 * 3600 * 1000;

/**
 * Takes `cost` tokens from each of `buckets`, or none at all where one of them has too few.
 * @param now milliseconds of the injected clock
 */
export async function takeTokens(
  kv: Deno.Kv,
  buckets: readonly Bucket[],
  now: number,
  cost = 1,
): Promise<Taken[]> {
  return await patiently(async () => {
    while (true) {
      const keys = buckets.map(({ key }) => ["buckets", ...key]);
      const entries = await kv.getMany<number[]>(keys);
      const taken = buckets.map((bucket, n) => take(bucket, entries[n]?.value ?? 0, now, cost));
      const outcome = taken.map(({ remaining, wait }) => ({ remaining, wait }));
      if (taken.some(({ wait }) => wait > 0)) return outcome;
      const change = kv.atomic().check(...entries);
      for (const [n, { fullAt }] of taken.entries()) {
        change.set(keys[n] ?? [], fullAt, { expireIn: Math.ceil(fullAt - now) + KEPT });
      }
      if ((await change.commit()).ok) return outcome;
    }
  });
}

/** The same without a store: what becomes of a bucket that is full at `fullAt`. Times in milliseconds. */
export function take(
  { perSecond, burst }: Pick<Bucket, "perSecond" | "burst">,
  fullAt: number,
  now: number,
  cost = 1,
): Taken & { fullAt: number } {
  const each = 1000 / perSecond;
  const missing = Math.max(0, fullAt - now);
  const left = burst - missing / each;
  if (left < cost) {
    return { remaining: Math.floor(left), wait: Math.ceil((cost - left) * each), fullAt };
  }
  return { remaining: Math.floor(left - cost), wait: 0, fullAt: now + missing + cost * each };
}
