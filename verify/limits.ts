/** How much may be asked, counted for all processes together. */
import type { Clock } from "../lib/clock.ts";
import { type Bucket, type Taken, takeTokens } from "../lib/kv/buckets.ts";

export interface Limits {
  /**
   * Takes from each of `buckets`, or from none where one of them has too few.
   * @param cost tokens
   */
  take(buckets: readonly Bucket[], cost?: number): Promise<Taken[]>;
}

export function createLimits({ kv, clock }: { kv: Deno.Kv; clock: Clock }): Limits {
  return { take: (buckets, cost) => takeTokens(kv, buckets, clock.now(), cost) };
}
