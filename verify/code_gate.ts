import type { Clock } from "../lib/clock.ts";
import { AppError } from "../lib/errors.ts";
import type { Bucket } from "../lib/kv/buckets.ts";
import type { CodeKey } from "../lib/kv/codes.ts";
import { networkBlock } from "../lib/network_block.ts";
import type { Tokens } from "../lib/tokens.ts";
import { createChallenges } from "./challenge.ts";
import { createLimits } from "./limits.ts";

const HOUR = 3600;

/** Codes from one network: at most 10 in any minute and 30 in any hour, by one bucket. */
const NETWORK = { burst: 10, perSecond: 20 / HOUR };
/** Codes to one address: more than a person needs in a day, and another one every few hours. */
const ADDRESS = { burst: 5, perSecond: 5 / (24 * HOUR) };

/**
 * Lets through who asks for a code as often as people do. Whoever asks more often has a challenge to
 * solve, which costs a person a second and somebody with a list of addresses a second for each.
 */
export function createCodeGate(parts: { kv: Deno.Kv; clock: Clock; tokens: Tokens }) {
  const limits = createLimits(parts);
  const challenges = createChallenges(parts);
  /** @throws AppError `rate-limited` with a challenge, unless `proof` solves one */
  return async (key: CodeKey, asked: { network: string; proof?: string | undefined }) => {
    const buckets: Bucket[] = [
      { key: ["codes-network", networkBlock(asked.network)], ...NETWORK },
      { key: ["codes-address", key.email], ...ADDRESS },
    ];
    const wait = Math.max(...(await limits.take(buckets)).map((taken) => taken.wait));
    if (wait === 0) return;
    const purpose = ["code", key.purpose, key.email];
    if (asked.proof !== undefined && await challenges.redeem(purpose, asked.proof)) return;
    throw new AppError("rate-limited", "codes were asked for too often", {
      retryAfter: Math.ceil(wait / 1000),
      challenge: await challenges.make(purpose),
    });
  };
}
