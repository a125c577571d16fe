/**
 * Token buckets, below the prefix `buckets`: how much somebody has done of something lately. Each is
 * one time, by the generic cell rate algorithm (ITU-T I.371): the moment at which it will be full
 * again.
 */
import { chunks } from "../chunks.ts";
import { keptFor } from "./kept.ts";
import { patiently } from "./patiently.ts";

export type Bucket = {
  /** What is limited, and whose. */
  key: readonly string[];
  /** Tokens that come back in a second. */
  perSecond: number;
  /** Tokens in a full one. */
  burst: number;
};

type Rate = Pick<Bucket, "perSecond" | "burst">;

export type Taken = {
  /** Whole tokens that are left. */
  remaining: number;
  /** Milliseconds until there are as many as were asked for; 0 where they were taken. */
  wait: number;
  /** Milliseconds until the bucket is full again. */
  fullIn: number;
};

/** What was used without asking first; less than nothing is given back. */
export type Spent = { bucket: Bucket; tokens: number };

/**
 * Takes `cost` tokens from each of `buckets`, or none at all where one of them has too few.
 * @param now milliseconds of the injected clock
 */
export async function takeTokens(
  kv: Deno.Kv,
  buckets: readonly Bucket[],
  now: number,
  cost = 1,
): Promise<Taken[]> {
  return await patiently(async () => {
    while (true) {
      const keys = buckets.map(({ key }) => ["buckets", ...key]);
      const entries = await kv.getMany<number[]>(keys);
      const taken = buckets.map((bucket, n) => take(bucket, entries[n]?.value ?? 0, now, cost));
      const outcome = taken.map(({ remaining, wait, fullIn }) => ({ remaining, wait, fullIn }));
      if (taken.some(({ wait }) => wait > 0)) return outcome;
      const change = kv.atomic().check(...entries);
      for (const [n, { fullAt }] of taken.entries()) {
        change.set(keys[n] ?? [], fullAt, keptFor(fullAt - now));
      }
      if ((await change.commit()).ok) return outcome;
    }
  });
}

/** Buckets that the store reads at a time. */
const READ_AT_A_TIME = 10;

/**
 * Takes what was used already, as far as a bucket goes: nobody owes more than all of it.
 * @param now milliseconds of the injected clock
 * @returns milliseconds until each is full again
 */
export async function spendTokens(
  kv: Deno.Kv,
  spent: readonly Spent[],
  now: number,
): Promise<number[]> {
  const fullIn: number[] = [];
  for (const some of chunks(spent, READ_AT_A_TIME)) {
    fullIn.push(...await patiently(() => spendTogether(kv, some, now)));
  }
  return fullIn;
}

async function spendTogether(
  kv: Deno.Kv,
  spent: readonly Spent[],
  now: number,
): Promise<number[]> {
  while (true) {
    const keys = spent.map(({ bucket }) => ["buckets", ...bucket.key]);
    const entries = await kv.getMany<number[]>(keys);
    const fullIn = spent.map(({ bucket, tokens }, n) =>
      missing(bucket, Math.max(0, (entries[n]?.value ?? 0) - now), tokens)
    );
    const change = kv.atomic().check(...entries);
    for (const [n, ms] of fullIn.entries()) {
      change.set(keys[n] ?? [], now + ms, keptFor(ms));
    }
    if ((await change.commit()).ok) return fullIn;
  }
}

/** Milliseconds until a bucket is full, once so many more tokens are gone from it. */
export function missing({ perSecond, burst }: Rate, before: number, tokens: number): number {
  const each = 1000 / perSecond;
  return Math.min(burst * each, Math.max(0, before + tokens * each));
}

/** The same without a store: what becomes of a bucket that is full at `fullAt`. Times in milliseconds. */
export function take(
  { perSecond, burst }: Rate,
  fullAt: number,
  now: number,
  cost = 1,
): Taken & { fullAt: number } {
  const each = 1000 / perSecond;
  const before = Math.max(0, fullAt - now);
  const left = burst - before / each;
  if (left < cost) {
    const wait = Math.max(1, Math.ceil((cost - left) * each));
    return { remaining: Math.max(0, Math.floor(left)), wait, fullIn: before, fullAt };
  }
  const fullIn = before + cost * each;
  return { remaining: Math.floor(left - cost), wait: 0, fullIn, fullAt: now + fullIn };
}
