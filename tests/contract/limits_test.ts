/** Limits and challenges do the same for whoever asks them, in this process or in another. */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { createTokens } from "../../lib/tokens.ts";
import { createChallenges } from "../../verify/challenge.ts";
import { createLimits } from "../../verify/limits.ts";
import { limitsRoutes } from "../../verify/limits_http.ts";
import { remoteLimits } from "../../verify/limits_remote.ts";
import { createFakeClock } from "../support/clock.ts";
import { prove } from "../support/prove.ts";
import { answering, callerOf, serveRoutes, serviceTokens } from "../support/service_server.ts";
import { TEST_SECRET } from "../support/test_server.ts";

async function openLocal() {
  const kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  return {
    limits: createLimits({ kv, clock }),
    challenges: createChallenges({ kv, clock, tokens: createTokens(TEST_SECRET, clock) }),
    [Symbol.asyncDispose]: () => Promise.resolve(kv.close()),
  };
}

async function openRemote() {
  await using cleanup = new AsyncDisposableStack();
  const { limits, challenges } = cleanup.use(await openLocal());
  const app = new Hono()
    .route("/internal/verify/limits", limitsRoutes(limits, challenges, serviceTokens));
  const server = cleanup.use(await serveRoutes(answering(app)));
  const caller = cleanup.use(callerOf("verify", [server.url]));
  const resources = cleanup.move();
  return { ...remoteLimits(caller), [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

for (const [name, open] of Object.entries({ createLimits: openLocal, remoteLimits: openRemote })) {
  Deno.test(`${name} takes, spends and gives back`, async () => {
    await using opened = await open();
    const bucket = { key: ["test", "one"], perSecond: 0.5, burst: 3 };
    const { limits } = opened;
    assert.deepEqual(await limits.take([bucket]), [{ remaining: 2, wait: 0, fullIn: 2_000 }]);
    assert.deepEqual(await limits.take([bucket], 3), [
      { remaining: 2, wait: 2_000, fullIn: 2_000 },
    ]);
    assert.deepEqual(await limits.spend([{ bucket, tokens: 1.5 }]), [5_000]);
    assert.deepEqual(await limits.spend([{ bucket, tokens: -2 }]), [1_000]);
  });

  Deno.test(`${name} goes with challenges that are for one thing, and once`, async () => {
    await using opened = await open();
    const { challenges } = opened;
    const proof = await prove(await challenges.make(["sign-in", "ann"]));
    assert.equal(await challenges.redeem(["sign-in", "ben"], proof), false);
    assert.equal(await challenges.redeem(["sign-in", "ann"], "nonsense"), false);
    const used = await Promise.all(
      [1, 2, 3].map(() => challenges.redeem(["sign-in", "ann"], proof)),
    );
    assert.deepEqual(used.filter(Boolean), [true]);
  });
}
