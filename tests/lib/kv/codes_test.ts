import assert from "node:assert/strict";
import {
  type CodeKey,
  guessCode,
  type Guessed,
  removeCode,
  storeCode,
  withdrawCode,
} from "../../../lib/kv/codes.ts";

const key: CodeKey = { purpose: "register", email: "ann@example.org" };
const RESEND_AFTER = 60_000;
const LIFETIME = 600_000;

async function withCodes(
  run: (codes: {
    kv: Deno.Kv;
    store(hash: string, now: number, at?: CodeKey): Promise<number>;
    guess(hash: string, now: number, at?: CodeKey): ReturnType<typeof guessCode>;
    use(hash: string, now?: number): Promise<boolean>;
  }) => Promise<void>,
): Promise<void> {
  using kv = await Deno.openKv(":memory:");
  await run({
    kv,
    store: (hash, now, at = key) =>
      storeCode(kv, at, { hash, now, resendAfter: RESEND_AFTER, lifetime: LIFETIME }),
    guess: (hash, now, at = key) => guessCode(kv, at, { ...guessed(hash), now }),
    use: (hash, now = 1) => removeCode(kv, key, { ...guessed(hash), now }),
  });
}

function guessed(...hashes: string[]): Guessed {
  return { hashes, equal: (one, other) => one === other };
}

Deno.test("guessCode knows the right code, and leaves it valid", () =>
  withCodes(async ({ store, guess }) => {
    assert.equal(await store("right", 0), 0);
    assert.equal(await guess("right", 1), "right");
    assert.equal(await guess("right", 2), "right");
  }));

Deno.test("guessCode says expired where no code was sent", () =>
  withCodes(async ({ guess }) => assert.equal(await guess("x", 0), "expired")));

Deno.test("guessCode lets a code die at its end, by the clock that it is given", () =>
  withCodes(async ({ store, guess }) => {
    await store("right", 1_000);
    assert.equal(await guess("right", 1_000 + LIFETIME - 1), "right");
    assert.equal(await guess("right", 1_000 + LIFETIME), "expired");
  }));

Deno.test("guessCode keeps codes apart by address and purpose", () =>
  withCodes(async ({ store, guess }) => {
    await store("right", 0);
    assert.equal(await guess("right", 1, { ...key, email: "ben@example.org" }), "expired");
    assert.equal(await guess("right", 1, { ...key, purpose: "reset-password" }), "expired");
  }));

Deno.test("guessCode lets the fifth wrong guess kill the code", () =>
  withCodes(async ({ store, guess }) => {
    await store("right", 0);
    for (let n = 0; n < 4; n++) assert.equal(await guess("wrong", 1), "wrong");
    assert.equal(await guess("right", 1), "right");
    assert.equal(await guess("wrong", 1), "wrong");
    assert.equal(await guess("right", 1), "expired");
    assert.equal(await guess("wrong", 1), "expired");
  }));

Deno.test("guessCode counts wrong guesses that come in parallel", () =>
  withCodes(async ({ store, guess }) => {
    await store("right", 0);
    const guesses = await Promise.all(Array.from({ length: 20 }, () => guess("wrong", 1)));
    assert.equal(guesses.filter((answer) => answer === "wrong").length, 5);
    assert.equal(guesses.filter((answer) => answer === "expired").length, 15);
    assert.equal(await guess("right", 1), "expired");
  }));

Deno.test("guessCode has no right answer where nothing was sent that could be guessed", () =>
  withCodes(async ({ kv, store }) => {
    await store("", 0);
    const guess = { ...guessed("anything", "else"), now: 1 };
    for (let n = 0; n < 5; n++) assert.equal(await guessCode(kv, key, guess), "wrong");
    assert.equal(await guessCode(kv, key, guess), "expired");
  }));

Deno.test("storeCode asks to wait for a minute before the next code, and keeps the first", () =>
  withCodes(async ({ store, guess }) => {
    await store("first", 0);
    assert.equal(await store("second", 1_000), RESEND_AFTER - 1_000);
    assert.equal(await guess("first", 1_000), "right");
    assert.equal(await store("second", RESEND_AFTER), 0);
    assert.equal(await guess("second", RESEND_AFTER), "right");
  }));

Deno.test("storeCode keeps the code before good until its own end, and none before that", () =>
  withCodes(async ({ store, guess, use }) => {
    await store("first", 0);
    await store("second", RESEND_AFTER);
    for (const hash of ["first", "second"]) assert.equal(await guess(hash, LIFETIME - 1), "right");
    assert.equal(await guess("first", LIFETIME), "wrong");
    assert.equal(await use("first", LIFETIME), false);
    assert.equal(await guess("second", LIFETIME), "right");
    await store("third", LIFETIME);
    assert.equal(await guess("first", LIFETIME), "wrong");
    for (const hash of ["second", "third"]) assert.equal(await guess(hash, LIFETIME), "right");
    // Whichever is used, both are used up.
    assert.equal(await use("second", LIFETIME), true);
    assert.equal(await guess("third", LIFETIME), "expired");
    assert.equal(await use("third", LIFETIME), false);
  }));

Deno.test("guessCode counts a wrong guess at both codes, and each has five", () =>
  withCodes(async ({ store, guess, use }) => {
    await store("first", 0);
    for (let n = 0; n < 3; n++) assert.equal(await guess("wrong", 1), "wrong");
    await store("second", RESEND_AFTER);
    for (let n = 0; n < 2; n++) assert.equal(await guess("wrong", RESEND_AFTER), "wrong");
    assert.equal(await use("first", RESEND_AFTER), false);
    assert.equal(await guess("second", RESEND_AFTER), "right");
    for (let n = 0; n < 3; n++) assert.equal(await guess("first", RESEND_AFTER), "wrong");
    assert.equal(await guess("second", RESEND_AFTER), "expired");
    assert.equal(await use("second", RESEND_AFTER), false);
  }));

Deno.test("withdrawCode takes back the latest code alone, and lets another one be sent at once", () =>
  withCodes(async ({ kv, store, guess }) => {
    await store("first", 0);
    await store("second", RESEND_AFTER);
    await withdrawCode(kv, key, RESEND_AFTER);
    assert.equal(await guess("second", RESEND_AFTER), "wrong");
    assert.equal(await guess("first", RESEND_AFTER), "right");
    assert.equal(await store("third", RESEND_AFTER + 1), 0);
    await withdrawCode(kv, key, RESEND_AFTER);
    assert.equal(await guess("third", RESEND_AFTER + 1), "right", "that was another one");
  }));

Deno.test("storeCode stores one of those that come in parallel", () =>
  withCodes(async ({ store }) => {
    const waits = await Promise.all(Array.from({ length: 10 }, (_, n) => store(`code ${n}`, 0)));
    assert.equal(waits.filter((wait) => wait === 0).length, 1);
  }));

Deno.test("storeCode forgets the wrong guesses at the code before it", () =>
  withCodes(async ({ store, guess }) => {
    await store("first", 0);
    for (let n = 0; n < 5; n++) await guess("wrong", 1);
    await store("second", RESEND_AFTER);
    assert.equal(await guess("second", RESEND_AFTER), "right");
  }));

Deno.test("storeCode asks to wait also after a code was killed", () =>
  withCodes(async ({ store, guess }) => {
    await store("first", 0);
    for (let n = 0; n < 5; n++) await guess("wrong", 1);
    assert.ok(await store("second", 1_000) > 0);
  }));

Deno.test("storeCode asks to wait also after a code was used", () =>
  withCodes(async ({ use, store }) => {
    await store("first", 0);
    assert.ok(await use("first"));
    assert.ok(await store("second", 1_000) > 0);
  }));

Deno.test("removeCode is true for one caller, and the code is gone", () =>
  withCodes(async ({ use, store, guess }) => {
    await store("right", 0);
    assert.equal(await use("another"), false);
    const used = await Promise.all(
      Array.from({ length: 8 }, () => use("right")),
    );
    assert.equal(used.filter(Boolean).length, 1);
    assert.equal(await guess("right", 1), "expired");
  }));
