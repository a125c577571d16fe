import { randomInt } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { timeLeft, withDeadline } from "../lib/deadline.ts";
import { AppError, messageOf } from "../lib/errors.ts";
import {
  type CodeKey,
  guessCode,
  removeCode,
  storeCode,
  waitForCode,
  withdrawCode,
} from "../lib/kv/codes.ts";
import type { Log } from "../lib/log.ts";
import type { Language } from "../lib/protocol/codes.ts";
import { equalSecrets, newToken, type Tokens } from "../lib/tokens.ts";
import { createChallenges } from "./challenge.ts";
import { createCodeGate } from "./code_gate.ts";
import { createLimits } from "./limits.ts";
import { accountExistsMail, codeMail, noticeMail } from "./mail/compose.ts";
import { checkHeaders } from "./mail/mailer.ts";
import type { Post, Posted } from "./mail/post.ts";
import type { CodeRequest, Notice } from "./requests.ts";

/** Seconds. */
export const RESEND_AFTER = 60;
export const CODE_LIFETIME = 10 * 60;

/** Milliseconds for which a notice is tried: mail servers are away for a weekend at most. */
const NOTICE_LASTS = 3 * 24 * 3600 * 1000;

/** Milliseconds that the store has; more than another process can keep it locked. */
const STORE_WITHIN = 12_000;

/** Makes, mails and checks verification codes, and tells people what became of their account. */
export interface Verify {
  /**
   * Sends a code, or for an address that needs none a mail that says so; the answer is the same.
   * @throws AppError `rate-limited` when the last one is too recent, or after too many
   */
  send(key: CodeKey, request: CodeRequest): Promise<{ resendAfter: number; expiresIn: number }>;
  /** Resolves when the mail is sure to be sent, whatever happens to this process. */
  tell(notice: Notice): Promise<void>;
  /** Passes a right code and leaves it valid. @throws AppError `code-wrong` or `code-expired` */
  check(key: CodeKey, code: string): Promise<void>;
  /** Uses a code up. @throws AppError `code-expired` if another request was faster */
  use(key: CodeKey, code: string): Promise<void>;
}

export function createVerify(parts: {
  kv: Deno.Kv;
  clock: Clock;
  tokens: Tokens;
  post: Post;
  log: Log;
  /** Whether anybody is ever asked to wait, but for the next code to one address. */
  limits: boolean;
}): Verify {
  const { kv, clock, tokens, post, log } = parts;
  const gate = parts.limits
    ? createCodeGate({ limits: createLimits(parts), challenges: createChallenges(parts) })
    : undefined;
  let away = false;
  /** Codes are worth nothing without the store: better to refuse than to guess. */
  const reachable = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const done = await withDeadline(STORE_WITHIN, () => work);
      if (away) log.info("verify.store-back");
      away = false;
      return done;
    } catch (error) {
      if (error instanceof AppError && error.code === "rate-limited") throw error;
      // Whoever asked had less time than the store has: that says nothing about the store.
      if (timeLeft() > 0) {
        if (!away) log.warn("verify.store-away", { error: messageOf(error) });
        away = true;
      }
      throw unavailable("codes cannot be handled right now");
    }
  };
  /** The same for what takes mails in, which says itself what is wrong with one. */
  const taken = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await withDeadline(STORE_WITHIN, () => work);
    } catch (error) {
      if (error instanceof AppError && error.code !== "timeout") throw error;
      log.warn("mail.not-taken", { error: messageOf(error) });
      throw unavailable("mails cannot be sent right now");
    }
  };
  const hashOf = ({ purpose, email }: CodeKey, code: string) =>
    tokens.keyedHash("verification code", [purpose, email, code]);
  const guessOf = ({ purpose, email }: CodeKey, code: string) => ({
    hashes: tokens.keyedHashes("verification code", [purpose, email, code]),
    equal: equalSecrets,
  });

  return {
    // What is done is the same whether or not the address has an account, and so is how long it takes.
    send: async (key, request) => {
      const { known, language } = request;
      const code = String(randomInt(1_000_000)).padStart(6, "0");
      // An address that cannot use the code gets a hash that no guess has.
      const usable = known === (key.purpose === "reset-password");
      const hash = hashOf(key, usable ? code : newToken());
      const posted = codePosted(key, { code, usable, known, language });
      checkHeaders(posted.mail);
      const now = clock.now();
      const refuseEarly = (wait: number) => {
        if (wait <= 0) return;
        throw new AppError("rate-limited", "a code was sent to this address a moment ago", {
          retryAfter: Math.ceil(wait / 1000),
        });
      };
      const resendAfter = RESEND_AFTER * 1000;
      // First: what nobody gets a code for does not count as one that was asked for.
      refuseEarly(await reachable(waitForCode(kv, key, { now, resendAfter })));
      await taken(post.refuseWhereFull());
      if (gate !== undefined) await reachable(gate(key, request));
      const stored = { hash, now, resendAfter, lifetime: CODE_LIFETIME * 1000 };
      refuseEarly(await reachable(storeCode(kv, key, stored)));
      try {
        await taken(post.take(posted));
      } catch (error) {
        await reachable(withdrawCode(kv, key, now));
        throw error;
      }
      return { resendAfter: RESEND_AFTER, expiresIn: CODE_LIFETIME };
    },
    tell: async (notice) => {
      const { kind } = notice;
      const mail = noticeMail(notice);
      await taken(post.take({ mail, kind, lasts: NOTICE_LASTS, wanted: true }));
    },
    check: async (key, code) => {
      const guess = await reachable(guessCode(kv, key, {
        ...guessOf(key, code),
        now: clock.now(),
      }));
      if (guess === "wrong") throw new AppError("code-wrong", "the code is not right");
      if (guess === "expired") throw expired();
    },
    use: async (key, code) => {
      const guess = { ...guessOf(key, code), now: clock.now() };
      if (!await reachable(removeCode(kv, key, guess))) throw expired();
    },
  };
}

/** The mail with a code; for an address that needs none one that says so, or one that nobody gets. */
function codePosted(
  { purpose, email: to }: CodeKey,
  { code, usable, known, language }: {
    code: string;
    usable: boolean;
    known: boolean;
    language: Language;
  },
): Posted {
  const lasts = CODE_LIFETIME * 1000;
  if (known && purpose !== "reset-password") {
    const mail = accountExistsMail({ to, language }, purpose);
    return { mail, kind: "account-exists", lasts, wanted: true };
  }
  const mail = codeMail({ to, language }, { purpose, code, minutes: CODE_LIFETIME / 60 });
  return { mail, kind: purpose, lasts, wanted: usable };
}

function unavailable(message: string): AppError {
  return new AppError("unavailable", message, { retryAfter: 5 });
}

function expired(): AppError {
  return new AppError("code-expired", "the code is no longer valid; ask for a new one");
}
