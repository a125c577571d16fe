import type { Clock } from "../lib/clock.ts";
import { createTokenBucket, type TokenBucket } from "./token_bucket.ts";

/** Messages a second that a connection may send in the long run, and at once. */
const MESSAGES_PER_SECOND = 20;
const MESSAGES_BURST = 100;
/** Other frames, likewise: whoever was away for long has much to catch up with. */
const FRAMES_PER_SECOND = 100;
const FRAMES_BURST = 500;
/** Refused frames, likewise, before abuse is plain and the connection is closed. */
const REFUSALS_PER_SECOND = 50;
const REFUSALS_BURST = 1_000;

/** Frames of any kind, likewise: pings and pongs are not refused, but they cost as well. */
const HEARD_PER_SECOND = 1_000;
const HEARD_BURST = 5_000;

/** How much one connection may send. */
export type FrameLimits = {
  readonly messages: TokenBucket;
  readonly others: TokenBucket;
  readonly refusals: TokenBucket;
  readonly heard: TokenBucket;
};

export function createFrameLimits(clock: Clock): FrameLimits {
  return {
    messages: createTokenBucket(clock, MESSAGES_PER_SECOND, MESSAGES_BURST),
    others: createTokenBucket(clock, FRAMES_PER_SECOND, FRAMES_BURST),
    refusals: createTokenBucket(clock, REFUSALS_PER_SECOND, REFUSALS_BURST),
    heard: createTokenBucket(clock, HEARD_PER_SECOND, HEARD_BURST),
  };
}
