/**
 * Slows down whoever guesses passwords, and keeps nobody out of their own account: what strangers try
 * uses up a bucket of the strangers', and past that each attempt costs a proof of work, of which a
 * network has so many. A device that the account was signed in from before has a bucket of its own.
 *
 * Only what fails counts. An attempt takes before it is made and gets back afterwards, so that a
 * thousand at a time are no more than a thousand one after the other. Buckets are by the name that
 * was typed and not by the account: nobody learns whether there is one, nor which names are one's.
 */
import { AppError } from "../lib/errors.ts";
import type { Bucket } from "../lib/kv/buckets.ts";
import type { Challenge } from "../lib/protocol/model.ts";
import { hashToken } from "../lib/tokens.ts";
import type { Challenges } from "./challenge.ts";
import type { LocalLimits } from "./local_limits.ts";

export type Try = {
  /** The name that was typed. */
  login: string;
  /** The network that it comes from. */
  network: string;
  /** A device that the account behind that name was signed in from before, and that account. */
  device: { device: string; user: string } | undefined;
  /** The answer to a challenge. */
  proof: string | undefined;
};

export interface Attempt extends Disposable {
  /** The password was not right: what the attempt took is not given back. */
  failed(): void;
}

export interface SignIns {
  /**
   * Before a password is looked at; to be disposed of after that.
   * @throws AppError `rate-limited` after too many that failed, with a challenge where a proof helps
   */
  begin(attempt: Try): Promise<Attempt>;
}

/** Wrong passwords at once, and how many an hour more. */
const OF_DEVICE = { burst: 10, anHour: 12 };
/**
 * All known devices of an account together: whoever knew its password once may have signed in a
 * thousand times to keep a thousand devices, and a device stays known when the password is changed.
 */
const OF_DEVICES = { burst: 50, anHour: 60 };
const OF_LOGIN = { burst: 10, anHour: 10 };
/** Many people share an address, and mistype on the same morning. */
const OF_NETWORK = { burst: 200, anHour: 360 };
/** And with a proof each, beyond that: proofs are cheap for whoever tries one password on many names. */
const OF_NETWORK_PROVED = { burst: 100, anHour: 200 };

export function createSignIns(
  { limits, challenges }: { limits: LocalLimits; challenges: Challenges },
): SignIns {
  /** Resolves to undefined where they were taken, or to the milliseconds to wait. */
  const take = async (buckets: readonly Bucket[]): Promise<number | undefined> => {
    const wait = Math.max(...(await limits.takeExactly(buckets)).map(({ wait }) => wait));
    return wait === 0 ? undefined : wait;
  };

  const attempt = (buckets: readonly Bucket[]): Attempt => {
    let failed = false;
    return {
      failed: () => void (failed = true),
      [Symbol.dispose]: () => {
        if (!failed && buckets.length > 0) limits.giveBack(buckets);
      },
    };
  };

  return {
    begin: async ({ login, network, device, proof }) => {
      if (device !== undefined) {
        const own = [
          bucketOf(["device", device.device], OF_DEVICE),
          bucketOf(["devices", device.user], OF_DEVICES),
        ];
        if (await take(own) === undefined) return attempt(own);
      }
      const name = hashToken(login.trim().toLowerCase());
      const strangers = [
        bucketOf(["login", name], OF_LOGIN),
        ...(network === "" ? [] : [bucketOf(["network", network], OF_NETWORK)]),
      ];
      const wait = await take(strangers);
      if (wait === undefined) return attempt(strangers);
      const purpose = ["sign-in", name, network];
      if (proof !== undefined && await challenges.redeem(purpose, proof).catch(() => false)) {
        // It was paid for. No bucket of the name: that would be one to keep its owner out by.
        const proved = network === ""
          ? []
          : [bucketOf(["network-proved", network], OF_NETWORK_PROVED)];
        const longer = proved.length === 0 ? undefined : await take(proved);
        if (longer === undefined) return attempt(proved);
        throw refusal(longer);
      }
      throw refusal(wait, await challenges.make(purpose).catch(() => undefined));
    },
  };
}

function refusal(wait: number, challenge?: Challenge): AppError {
  return new AppError("rate-limited", "too many attempts to sign in; try again later", {
    retryAfter: Math.ceil(wait / 1000),
    ...(challenge && { challenge }),
  });
}

/** Where nothing is limited. */
export const unlimitedSignIns: SignIns = {
  begin: () => Promise.resolve({ failed: () => {}, [Symbol.dispose]: () => {} }),
};

function bucketOf(
  [kind, whose]: readonly [string, string],
  { burst, anHour }: { burst: number; anHour: number },
): Bucket {
  return { key: ["sign-ins", kind, whose], burst, perSecond: anHour / 3600 };
}
