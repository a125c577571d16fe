/**
 * Verification codes, below the prefix `codes`: the latest of a purpose and address, kept as hashes. The
 * one before stays good as well: its mail may be the one that comes first.
 */
import type { CodePurpose } from "../protocol/requests.ts";
import { keptFor } from "./kept.ts";
import { patiently } from "./patiently.ts";

export type CodeKey = { purpose: CodePurpose; email: string };

type Code = {
  /** Empty when nothing was sent that could be guessed. */
  hash: string;
  wrongGuesses: number;
  expiresAt: number;
};

type StoredCode = Code & {
  /** The one before it, where that was not used up. */
  before?: Code | undefined;
};

/** What a guess would be stored as, under each secret that is taken. */
export type Guessed = {
  hashes: readonly string[];
  /** In a time that does not depend on where two differ. */
  equal: (one: string, other: string) => boolean;
};

export type Guess = "right" | "wrong" | "expired";

const MAX_WRONG_GUESSES = 5;

/** The milliseconds until a code may be sent to this address again, for whatever purpose. */
export async function waitForCode(
  kv: Deno.Kv,
  key: CodeKey,
  { now, resendAfter }: { now: number; resendAfter: number },
): Promise<number> {
  return waitAfter((await kv.get<number>(lastSent(key))).value, { now, resendAfter });
}

function waitAfter(
  last: number | null,
  { now, resendAfter }: { now: number; resendAfter: number },
): number {
  return last === null ? 0 : Math.max(0, last + resendAfter - now);
}

/**
 * Stores a new code beside the last one, unless one was sent to this address, for whatever
 * purpose and used or not, less than `resendAfter` ago.
 * Times are milliseconds of the injected clock.
 * @returns the milliseconds to wait, or 0 when it was stored
 */
export async function storeCode(
  kv: Deno.Kv,
  key: CodeKey,
  code: { hash: string; now: number; resendAfter: number; lifetime: number },
): Promise<number> {
  while (true) {
    const last = await kv.get<number>(lastSent(key));
    const wait = waitAfter(last.value, code);
    if (wait > 0) return wait;
    const entry = await kv.get<StoredCode>(place(key));
    const stored: StoredCode = {
      hash: code.hash,
      wrongGuesses: 0,
      expiresAt: code.now + code.lifetime,
      before: stillGood(entry.value, code.now),
    };
    const change = kv.atomic().check(last, entry)
      .set(lastSent(key), code.now, keptFor(code.resendAfter))
      .set(place(key), stored, keptFor(code.lifetime));
    const done = await patiently(() => change.commit());
    if (done.ok) return 0;
  }
}

/** Lets another code be sent at once: the one that was stored at `now` could not be. */
export async function withdrawCode(kv: Deno.Kv, key: CodeKey, now: number): Promise<void> {
  while (true) {
    const last = await kv.get<number>(lastSent(key));
    if (last.value !== now) return;
    const entry = await kv.get<StoredCode>(place(key));
    const before = entry.value?.before;
    const change = kv.atomic().check(last, entry).delete(lastSent(key));
    if (before === undefined) change.delete(place(key));
    else change.set(place(key), before, keptFor(before.expiresAt - now));
    if ((await patiently(() => change.commit())).ok) return;
  }
}

/** Compares a guess. A wrong one counts, also among parallel ones; the last one kills the code. */
export async function guessCode(
  kv: Deno.Kv,
  key: CodeKey,
  guess: Guessed & { now: number },
): Promise<Guess> {
  while (true) {
    const entry = await kv.get<StoredCode>(place(key));
    const good = goodCodes(entry.value, guess.now);
    if (entry.value === null || good.length === 0) return "expired";
    const right = good.some((code) => isRight(code, guess));
    // A right guess checks the version as well: it does not slip past the last wrong one.
    const change = kv.atomic().check(entry);
    if (!right) {
      change.set(
        place(key),
        withWrongGuess(entry.value),
        keptFor(entry.value.expiresAt - guess.now),
      );
    }
    if ((await patiently(() => change.commit())).ok) return right ? "right" : "wrong";
  }
}

/**
 * Uses a code up, and the other one of its purpose and address: true for the one caller who did, and for
 * nobody once too many guesses were wrong.
 */
export async function removeCode(
  kv: Deno.Kv,
  key: CodeKey,
  guess: Guessed & { now: number },
): Promise<boolean> {
  while (true) {
    const entry = await kv.get<StoredCode>(place(key));
    if (!goodCodes(entry.value, guess.now).some((code) => isRight(code, guess))) return false;
    const change = kv.atomic().check(entry).delete(place(key));
    const done = await patiently(() => change.commit());
    if (done.ok) return true;
  }
}

function goodCodes(stored: StoredCode | null, now: number): Code[] {
  return [stored, stored?.before].flatMap((code) => code && isGood(code, now) ? [code] : []);
}

function isGood({ expiresAt, wrongGuesses }: Code, now: number): boolean {
  return expiresAt > now && wrongGuesses < MAX_WRONG_GUESSES;
}

/** A guess is one at both. */
function withWrongGuess(stored: StoredCode): StoredCode {
  const counted = (code: Code) => ({ ...code, wrongGuesses: code.wrongGuesses + 1 });
  return { ...counted(stored), before: stored.before && counted(stored.before) };
}

/** The latest code without the one before it, as long as it is any use. */
function stillGood(stored: StoredCode | null, now: number): Code | undefined {
  if (stored === null || !isGood(stored, now)) return undefined;
  const { hash, wrongGuesses, expiresAt } = stored;
  return { hash, wrongGuesses, expiresAt };
}

function isRight(code: Code, { hashes, equal }: Guessed): boolean {
  return hashes.some((hash) => equal(code.hash, hash));
}

function lastSent({ email }: CodeKey): Deno.KvKey {
  return ["codes", "last-sent", email];
}

function place({ purpose, email }: CodeKey): Deno.KvKey {
  return ["codes", purpose, email];
}
