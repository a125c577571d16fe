import { type Algorithm, hash, verify } from "@node-rs/argon2";
import { createBoundedTurns } from "./bounded_turns.ts";
import { loadCommonPasswords } from "./common_passwords.ts";
import { AppError } from "./errors.ts";
import { isPattern } from "./guessable.ts";
import { createTurns, type Turns } from "./turns.ts";

/** OWASP's minimum for argon2id (RFC 9106): 19 MiB, two passes, one lane. */
const PARAMETERS = {
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: 19 * 1024,
  timeCost: 2,
  parallelism: 1,
};

/** Hashes and compares passwords, a few at a time: each takes a processor for tens of milliseconds. */
export interface Passwords {
  /**
   * The queue of those who sign in or up, so that many who do so at once hold up nobody's messages:
   * `take` refuses with `unavailable` where too many are waiting.
   */
  readonly logins: Turns;
  hash(password: string): Promise<string>;
  matches(stored: string | undefined, password: string): Promise<boolean>;
  /**
   * Of what people choose only what is tried first is refused: the commonest, a few characters over
   * and over, one run of them, and what the account itself is called, in whatever case.
   * @throws AppError `invalid`
   */
  refuseGuessable(password: string, own: { username?: string; email: string }): Promise<void>;
}

/** People who sign in at a time, besides those whose passwords are being hashed; and who may wait. */
const BESIDES = 2;
const WAITING = 100;

/** @param width passwords at a time */
export function createPasswords(width: number): Passwords {
  const hashing = createTurns(width);
  let common: Promise<ReadonlySet<string>> | undefined;
  return {
    logins: createBoundedTurns(width + BESIDES, WAITING, tooMany),
    hash: (password) => hashing.take(() => hashPassword(password)),
    matches: (stored, password) => hashing.take(() => passwordMatches(stored, password)),
    refuseGuessable: async (password, { username, email }) => {
      const folded = password.toLowerCase();
      const own = [username, email, email.slice(0, email.lastIndexOf("@"))];
      if (own.includes(folded)) throw guessable("must not be what the account is called");
      if (isPattern(folded)) throw guessable("is a pattern, and those are guessed first");
      common ??= loadCommonPasswords();
      if ((await common).has(folded)) throw guessable("is one of those that are guessed first");
    },
  };
}

function guessable(message: string): AppError {
  return new AppError("invalid", "choose another password", {
    errors: [{ path: "password", message }],
  });
}

function tooMany(): AppError {
  const message = "too many people are signing in at this moment";
  return new AppError("unavailable", message, { retryAfter: 2 });
}

/** What a hash of these parameters begins with (the PHC string format). */
const { memoryCost, timeCost, parallelism } = PARAMETERS;
const WRITTEN = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`;

/** Whether a hash was made by other parameters than a new one would be. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(WRITTEN);
}

/** Hashes on the package's own threads: the event loop goes on. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password, PARAMETERS);
}

/**
 * Whether `password` belongs to `stored`. Without a stored hash, or with what is none (an account that
 * was emptied has none), it answers false after the same work, so that the time does not tell whether
 * there is an account.
 */
export async function passwordMatches(
  stored: string | undefined,
  password: string,
): Promise<boolean> {
  if (stored?.startsWith("$argon2")) return await verify(stored, password);
  decoy ??= hashPassword("nobody's password");
  await verify(await decoy, password);
  return false;
}

let decoy: Promise<string> | undefined;
