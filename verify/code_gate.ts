import { networkBlock } from "../lib/client_address.ts";
import { AppError } from "../lib/errors.ts";
import type { Bucket } from "../lib/kv/buckets.ts";
import type { CodeKey } from "../lib/kv/codes.ts";
import type { Challenge } from "../lib/protocol/model.ts";
import type { Challenges } from "./challenge.ts";
import type { Limits } from "./limits.ts";

/** Seconds. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Rate = Omit<Bucket, "key">;

/** Codes from one network: at most 10 in any minute and 30 in any hour, by one bucket. */
const NETWORK: Rate = { burst: 10, perSecond: 20 / HOUR };
/** Codes to one address: more than a person needs in a day, and another one every few hours. */
const ADDRESS: Rate = { burst: 5, perSecond: 5 / DAY };
/**
 * And by proofs beyond that: again at most 10 in any minute, because whoever has a graphics card makes
 * thousands of proofs a second, and this server's mails are not theirs to fill strangers' boxes with.
 */
const NETWORK_PROVED: Rate = { burst: 5, perSecond: 5 / MINUTE };
/** Each code is five guesses, so these bound how many an address can be guessed at, from wherever. */
const ADDRESS_PROVED: Rate = { burst: 10, perSecond: 20 / DAY };

/**
 * Lets through who asks for a code as often as people do. Whoever asks more often has a challenge to
 * solve, which costs a person a second, and that as well goes only so far.
 */
export function createCodeGate(
  { limits, challenges }: { limits: Limits; challenges: Challenges },
) {
  /** Resolves to the milliseconds to wait, or to 0 where they were taken. */
  const take = async (buckets: readonly Bucket[]): Promise<number> =>
    Math.max(...(await limits.take(buckets)).map((taken) => taken.wait));
  /** @throws AppError `rate-limited`, with a challenge where a proof would help */
  return async (key: CodeKey, asked: { network: string; proof?: string | undefined }) => {
    const network = networkBlock(asked.network);
    const wait = await take([
      { key: ["codes-network", network], ...NETWORK },
      { key: ["codes-address", key.email], ...ADDRESS },
    ]);
    if (wait === 0) return;
    const purpose = ["code", key.purpose, key.email];
    if (asked.proof !== undefined && await challenges.redeem(purpose, asked.proof)) {
      // After the proof: one that is not right uses nothing up that is somebody else's.
      const longer = await take([
        { key: ["codes-network-proved", network], ...NETWORK_PROVED },
        { key: ["codes-address-proved", key.email], ...ADDRESS_PROVED },
      ]);
      if (longer === 0) return;
      throw refusal(longer);
    }
    throw refusal(wait, await challenges.make(purpose));
  };
}

function refusal(wait: number, challenge?: Challenge): AppError {
  return new AppError("rate-limited", "codes were asked for too often", {
    retryAfter: Math.ceil(wait / 1000),
    ...(challenge && { challenge }),
  });
}
