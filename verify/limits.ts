/** How much may be asked, counted for all processes together. */
import type { Clock } from "../lib/clock.ts";
import { type Bucket, spendTokens, type Spent, type Taken, takeTokens } from "../lib/kv/buckets.ts";

export interface Limits {
  /**
   * Takes from each of `buckets`, or from none where one of them has too few.
   * @param cost tokens
   */
  take(buckets: readonly Bucket[], cost?: number): Promise<Taken[]>;
}

/** For processes that count for themselves first, and tell what they counted. */
export interface SharedLimits extends Limits {
  /** Takes what was used already. Resolves to the milliseconds until each bucket is full again. */
  spend(spent: readonly Spent[]): Promise<number[]>;
}

export function createLimits({ kv, clock }: { kv: Deno.Kv; clock: Clock }): SharedLimits {
  return {
    take: (buckets, cost) => takeTokens(kv, buckets, clock.now(), cost),
    spend: (spent) => spendTokens(kv, spent, clock.now()),
  };
}
