import type { Clock } from "../lib/clock.ts";

/** Lets `burst` through at once and `perSecond` in the long run. */
export interface TokenBucket {
  /** Takes one. The answer is the seconds to wait for the next, or 0 when one was there. */
  take(): number;
}

export function createTokenBucket(clock: Clock, perSecond: number, burst: number): TokenBucket {
  let tokens = burst;
  let filledAt = clock.now();
  return {
    take: () => {
      const now = clock.now();
      tokens = Math.min(burst, tokens + Math.max(0, now - filledAt) / 1000 * perSecond);
      filledAt = now;
      if (tokens < 1) return (1 - tokens) / perSecond;
      tokens -= 1;
      return 0;
    },
  };
}
