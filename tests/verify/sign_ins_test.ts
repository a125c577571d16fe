import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import { createTokens } from "../../lib/tokens.ts";
import { type Challenges, createChallenges } from "../../verify/challenge.ts";
import { createLimits } from "../../verify/limits.ts";
import { createLocalLimits } from "../../verify/local_limits.ts";
import { createSignIns, type Try } from "../../verify/sign_ins.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";
import { prove } from "../support/prove.ts";
import { TEST_SECRET } from "../support/test_server.ts";

async function setUp(change: Partial<Challenges> = {}) {
  const kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const timers = createFakeTimers();
  const log = createFakeLog();
  const limits = createLocalLimits({ shared: createLimits({ kv, clock }), clock, timers, log });
  const challenges = createChallenges({ kv, clock, tokens: createTokens(TEST_SECRET, clock) });
  const signIns = createSignIns({ limits, challenges: { ...challenges, ...change } });
  /** What somebody is told who tries with this password. */
  const attempt = async (change: Partial<Try>, right = false): Promise<AppError | undefined> => {
    const usual = { login: "ann", network: "192.0.2.1", device: undefined, proof: undefined };
    try {
      using begun = await signIns.begin({ ...usual, ...change });
      await Promise.resolve();
      if (!right) begun.failed();
      return undefined;
    } catch (error) {
      assert.ok(error instanceof AppError);
      return error;
    }
  };
  return {
    clock,
    attempt,
    /** Guesses until it is too much, each time from somewhere else. */
    exhaust: async (login: string) => {
      for (let n = 0; n < 10; n++) {
        assert.equal(await attempt({ login, network: `192.0.2.${n}` }), undefined);
      }
    },
    [Symbol.dispose]: () => {
      limits[Symbol.dispose]();
      kv.close();
    },
  };
}

Deno.test("createSignIns lets ten wrong passwords be tried, and one more each six minutes", async () => {
  using at = await setUp();
  await at.exhaust("ann");
  const refused = await at.attempt({ network: "198.51.100.1" });
  assert.deepEqual([refused?.code, refused?.retryAfter], ["rate-limited", 360]);
  assert.equal(await at.attempt({ login: "ben" }), undefined);
  at.clock.advance(360_000);
  assert.equal(await at.attempt({}), undefined);
  assert.equal((await at.attempt({}))?.code, "rate-limited");
});

Deno.test("createSignIns lets no more be tried at a time than one after the other", async () => {
  using at = await setUp();
  const tried = await Promise.all(
    Array.from({ length: 100 }, (_, n) => at.attempt({ network: `192.0.2.${n}` })),
  );
  assert.equal(tried.filter((refused) => refused === undefined).length, 10);
});

Deno.test("createSignIns does not count right passwords", async () => {
  using at = await setUp();
  for (let n = 0; n < 300; n++) assert.equal(await at.attempt({}, true), undefined);
  await at.exhaust("ann");
});

Deno.test("createSignIns takes names that are the same for the same", async () => {
  using at = await setUp();
  await at.exhaust("ann");
  assert.equal((await at.attempt({ login: " ANN " }))?.code, "rate-limited");
});

Deno.test("createSignIns lets one more try for each proof, and it is for that name and network", async () => {
  using at = await setUp();
  await at.exhaust("ann");
  const refused = await at.attempt({});
  const proof = await prove(refused?.challenge);
  await at.exhaust("ben");
  for (const other of [{ login: "ben" }, { network: "192.0.2.2" }]) {
    assert.equal((await at.attempt({ ...other, proof }))?.code, "rate-limited");
  }
  const tried = await Promise.all([1, 2, 3].map(() => at.attempt({ proof })));
  assert.equal(tried.filter((refused) => refused === undefined).length, 1);
  // And a right password does not give back what it did not take.
  const next = await prove((await at.attempt({}))?.challenge);
  assert.equal(await at.attempt({ proof: next }, true), undefined);
  assert.equal((await at.attempt({}))?.code, "rate-limited");
});

Deno.test("createSignIns lets a known device in whatever strangers try, and bounds its guesses too", async () => {
  using at = await setUp();
  await at.exhaust("ann");
  const device = { device: "one of ann's", user: "ann" };
  for (let n = 0; n < 10; n++) assert.equal(await at.attempt({ device }), undefined);
  assert.equal((await at.attempt({ device }))?.code, "rate-limited");
  assert.equal(await at.attempt({ device: { ...device, device: "another" } }), undefined);
});

Deno.test("createSignIns bounds what all known devices of an account guess together, and what is right costs them nothing", async () => {
  using at = await setUp();
  await at.exhaust("ann");
  const from = (n: number, user = "ann") => ({ device: { device: `${user}'s ${n}`, user } });
  for (let n = 0; n < 100; n++) assert.equal(await at.attempt(from(n), true), undefined);
  for (let n = 0; n < 50; n++) assert.equal(await at.attempt(from(n)), undefined);
  // Then a device counts as a stranger's: with a proof it comes in all the same.
  const refused = await at.attempt(from(50));
  assert.equal(refused?.code, "rate-limited");
  const proof = await prove(refused.challenge);
  assert.equal(await at.attempt({ ...from(50), proof }, true), undefined);
  assert.equal(await at.attempt({ login: "ben", ...from(1, "ben") }), undefined);
});

Deno.test("createSignIns slows down a network that tries one password on many names", async () => {
  using at = await setUp();
  for (let n = 0; n < 200; n++) assert.equal(await at.attempt({ login: `name ${n}` }), undefined);
  const refused = await at.attempt({ login: "ann" });
  assert.deepEqual([refused?.code, refused?.retryAfter], ["rate-limited", 10]);
  const proof = await prove(refused?.challenge);
  assert.equal(await at.attempt({ proof }), undefined);
  assert.equal(await at.attempt({ network: "192.0.2.2" }), undefined);
});

Deno.test("createSignIns bounds what one network guesses with proofs, by whatever names, and gives back what was right", async () => {
  // Every proof is right: that each costs work is seen elsewhere.
  using at = await setUp({ redeem: () => Promise.resolve(true) });
  for (let n = 0; n < 200; n++) assert.equal(await at.attempt({ login: `name ${n}` }), undefined);
  const attempt = (login: string, right = false) => at.attempt({ login, proof: "right" }, right);
  for (let n = 0; n < 150; n++) assert.equal(await attempt(`name ${n}`, true), undefined);
  for (let n = 0; n < 100; n++) assert.equal(await attempt(`name ${n}`), undefined);
  const refused = await attempt("ann");
  assert.deepEqual([refused?.code, refused?.retryAfter], ["rate-limited", 18]);
  assert.equal(refused?.challenge, undefined);
  // Whoever is somewhere else is not concerned, nor the owner on a device that is known.
  assert.equal(await at.attempt({ network: "192.0.2.2" }), undefined);
  const device = { device: "one of ann's", user: "ann" };
  assert.equal(await at.attempt({ login: "ann", device }, true), undefined);
});
