import { randomInt } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { timeLeft, withDeadline } from "../lib/deadline.ts";
import { AppError, messageOf } from "../lib/errors.ts";
import { type CodeKey, guessCode, removeCode, storeCode } from "../lib/kv/codes.ts";
import type { Log } from "../lib/log.ts";
import { equalSecrets, type Tokens } from "../lib/tokens.ts";
import type { Mailer } from "./mail/mailer.ts";
import { createOutgoing } from "./mail/outgoing.ts";
import { accountExistsMail, codeMail } from "./mail/texts.ts";

/** Seconds. */
export const RESEND_AFTER = 60;
export const CODE_LIFETIME = 10 * 60;

/** Milliseconds that the store has; more than another process can keep it locked. */
const STORE_WITHIN = 12_000;

/** Makes, mails and checks verification codes. */
export interface Verify {
  /**
   * Sends a code, or for an address that needs none a mail that says so; the answer is the same.
   * @param known whether the address has an account
   * @throws AppError `rate-limited` when the last one is too recent
   */
  send(key: CodeKey, known: boolean): Promise<{ resendAfter: number; expiresIn: number }>;
  /** Passes a right code and leaves it valid. @throws AppError `code-wrong` or `code-expired` */
  check(key: CodeKey, code: string): Promise<void>;
  /** Uses a code up. @throws AppError `code-expired` if another request was faster */
  use(key: CodeKey, code: string): Promise<void>;
}

export function createVerify(parts: {
  kv: Deno.Kv;
  clock: Clock;
  tokens: Tokens;
  mailer: Mailer;
  log: Log;
  /** Milliseconds that a mail server has to take a mail. */
  mailWithin?: number;
}): Verify {
  const { kv, clock, tokens, log } = parts;
  const outgoing = createOutgoing(parts);
  let away = false;
  /** Codes are worth nothing without the store: better to refuse than to guess. */
  const reachable = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const done = await withDeadline(STORE_WITHIN, () => work);
      if (away) log.info("verify.store-back");
      away = false;
      return done;
    } catch (error) {
      // Whoever asked had less time than the store has: that says nothing about the store.
      if (timeLeft() > 0) {
        if (!away) log.warn("verify.store-away", { error: messageOf(error) });
        away = true;
      }
      throw new AppError("unavailable", "codes cannot be handled right now", { retryAfter: 5 });
    }
  };
  const hashOf = ({ purpose, email }: CodeKey, code: string) =>
    tokens.hashCode([purpose, email, code]);

  return {
    send: async (key, known) => {
      // Before it is known who would get one, so that this tells nothing about an address.
      outgoing.refuseWhereFull();
      const code = String(randomInt(1_000_000)).padStart(6, "0");
      // An address that cannot use the code gets a hash that no guess has.
      const usable = known === (key.purpose === "reset-password");
      const wait = await reachable(storeCode(kv, key, {
        hash: usable ? hashOf(key, code) : "",
        now: clock.now(),
        resendAfter: RESEND_AFTER * 1000,
        lifetime: CODE_LIFETIME * 1000,
      }));
      if (wait > 0) {
        throw new AppError("rate-limited", "a code was sent to this address a moment ago", {
          retryAfter: Math.ceil(wait / 1000),
        });
      }
      const mail = usable
        ? codeMail(key.email, key.purpose, code, CODE_LIFETIME / 60)
        : known
        ? accountExistsMail(key.email)
        : undefined;
      // Not awaited: how long the mail server takes would tell which of the mails it was.
      if (mail !== undefined) outgoing.send(mail);
      return { resendAfter: RESEND_AFTER, expiresIn: CODE_LIFETIME };
    },
    check: async (key, code) => {
      const guess = await reachable(guessCode(kv, key, {
        hash: hashOf(key, code),
        now: clock.now(),
        equal: equalSecrets,
      }));
      if (guess === "wrong") throw new AppError("code-wrong", "the code is not right");
      if (guess === "expired") throw expired();
    },
    use: async (key, code) => {
      if (!await reachable(removeCode(kv, key, hashOf(key, code)))) throw expired();
    },
  };
}

function expired(): AppError {
  return new AppError("code-expired", "the code is no longer valid; ask for a new one");
}
