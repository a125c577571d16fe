import { randomInt } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { timeLeft, withDeadline } from "../lib/deadline.ts";
import { AppError, messageOf } from "../lib/errors.ts";
import { type CodeKey, guessCode, removeCode, storeCode } from "../lib/kv/codes.ts";
import type { Log } from "../lib/log.ts";
import type { Language } from "../lib/protocol/codes.ts";
import { equalSecrets, type Tokens } from "../lib/tokens.ts";
import type { Mailer } from "./mail/mailer.ts";
import { createOutgoing } from "./mail/outgoing.ts";
import { accountExistsMail, codeMail, noticeMail } from "./mail/texts.ts";

/** Seconds. */
export const RESEND_AFTER = 60;
export const CODE_LIFETIME = 10 * 60;

/** Milliseconds that the store has; more than another process can keep it locked. */
const STORE_WITHIN = 12_000;

export type CodeRequest = {
  /** Whether the address has an account. */
  known: boolean;
  language: Language;
  /** The network address that asks. */
  network: string;
  /** The answer to a challenge. */
  proof?: string | undefined;
};

/** What is told to an account's owner, whoever did it. */
export type Notice = {
  kind:
    | "password-changed"
    | "password-reset"
    | "email-changed-from"
    | "email-changed-to"
    | "deletion-asked"
    | "deletion-called-off"
    | "session-stolen";
  to: string;
  language: Language;
  /** What the person is called. */
  name: string;
  /** ISO 8601: when it happened, or for `deletion-asked` when it will. */
  at: string;
  /** What it was done from. */
  device?: string | undefined;
  ip?: string | undefined;
};

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
    send: async (key, { known }) => {
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
    tell: async (notice) => {
      outgoing.send(noticeMail(notice));
      await Promise.resolve();
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
