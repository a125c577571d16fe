/** While secrets are being changed, what is out stays good on either side. */
import assert from "node:assert/strict";
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import { guessCode, removeCode, storeCode } from "../../lib/kv/codes.ts";
import { createTokens, equalSecrets as equal } from "../../lib/tokens.ts";
import { createChallenges } from "../../verify/challenge.ts";
import { createFakeClock } from "../support/clock.ts";

const [OLD, NEW] = ["the secret of before, 32 bytes or so", "the secret to come, 32 bytes or more"];

Deno.test("a code that is out is taken after the secret was changed, as long as the old one counts", async () => {
  using kv = await Deno.openKv(":memory:");
  const key = { purpose: "register", email: "ann@example.org" } as const;
  const parts = ["register", "ann@example.org", "123456"];
  const [old, both, alone] = [OLD, NEW, NEW].map((secret, index) =>
    createTokens(secret, createFakeClock(), index === 1 ? OLD : undefined)
  );
  assert.ok(old !== undefined && both !== undefined && alone !== undefined);
  await storeCode(kv, key, {
    hash: old.keyedHash("verification code", parts),
    now: 0,
    resendAfter: 1,
    lifetime: 60_000,
  });
  const guess = (hashes: readonly string[]) => guessCode(kv, key, { hashes, now: 1, equal });
  assert.equal(await guess(alone.keyedHashes("verification code", parts)), "wrong");
  assert.equal(await guess(both.keyedHashes("verification code", parts)), "right");
  assert.equal(
    await removeCode(kv, key, {
      hashes: alone.keyedHashes("verification code", parts),
      now: 1,
      equal,
    }),
    false,
  );
  assert.equal(
    await removeCode(kv, key, {
      hashes: both.keyedHashes("verification code", parts),
      now: 1,
      equal,
    }),
    true,
  );
});

Deno.test("a challenge that is out is taken after the secret was changed, and once", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const challengesOf = (secret: string, accepted?: string) =>
    createChallenges({ kv, clock, tokens: createTokens(secret, clock, accepted) });
  const challenge = await challengesOf(OLD).make(["sign-in", "ann"]);
  const solution = await solveChallenge({ challenge, deriveKey });
  const proof = btoa(JSON.stringify({ challenge, solution }));
  assert.equal(await challengesOf(NEW).redeem(["sign-in", "ann"], proof), false);
  assert.equal(await challengesOf(NEW, OLD).redeem(["sign-in", "ben"], proof), false);
  assert.equal(await challengesOf(NEW, OLD).redeem(["sign-in", "ann"], proof), true);
  assert.equal(await challengesOf(OLD).redeem(["sign-in", "ann"], proof), false);
});
