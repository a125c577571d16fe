import assert from "node:assert/strict";
import { AppError } from "../../lib/errors.ts";
import type { CodePurpose } from "../../lib/protocol/requests.ts";
import { createTokens } from "../../lib/tokens.ts";
import { createChallenges } from "../../verify/challenge.ts";
import { createCodeGate } from "../../verify/code_gate.ts";
import { createLimits } from "../../verify/limits.ts";
import type { CodeRequest } from "../../verify/requests.ts";
import { createVerify, type Verify } from "../../verify/service.ts";
import { createFakeClock, type FakeClock } from "../support/clock.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakePost, type FakePost } from "../support/fake_post.ts";
import { prove } from "../support/prove.ts";
import { TEST_SECRET } from "../support/test_server.ts";

type Parts = { verify: Verify; clock: FakeClock; post: FakePost };

function test(name: string, run: (parts: Parts) => Promise<void>, limits = true): void {
  Deno.test(`createCodeGate ${name}`, async () => {
    using kv = await Deno.openKv(":memory:");
    const clock = createFakeClock();
    const post = createFakePost();
    const tokens = createTokens(TEST_SECRET, clock);
    const verify = createVerify({ kv, clock, tokens, post, log: createFakeLog(), limits });
    await run({ verify, clock, post });
  });
}

type Asked = Partial<CodeRequest> & { email: string; purpose?: CodePurpose };

/** The refusal, if it is one. */
async function ask(
  { verify }: Parts,
  { email, purpose = "register", ...request }: Asked,
): Promise<AppError | undefined> {
  const whole = { known: false, language: "en", network: "192.0.2.1", ...request } as const;
  try {
    await verify.send({ purpose, email }, whole);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

const numbered = (n: number) => `p${n}@example.org`;

/** Takes all that one network has, and answers the refusal of the next one. */
async function exhaust(parts: Parts, network = "192.0.2.1"): Promise<AppError> {
  for (let n = 0; n < 10; n++) {
    assert.equal(await ask(parts, { email: `${network}-${n}@example.org`, network }), undefined);
  }
  const refused = await ask(parts, { email: "next@example.org", network });
  assert.ok(refused !== undefined);
  return refused;
}

test("lets 10 codes a minute and 30 an hour through to one network, and the next one by a challenge", async (parts) => {
  const { clock, post } = parts;
  const refused = await exhaust(parts);
  assert.deepEqual([refused.code, refused.retryAfter], ["rate-limited", 180]);
  assert.equal(refused.challenge?.parameters.algorithm, "PBKDF2/SHA-256");
  // Its neighbours are others, and the wait that was told is the true one.
  assert.equal(await ask(parts, { email: "else@example.org", network: "192.0.2.2" }), undefined);
  clock.advance(178_000);
  assert.equal((await ask(parts, { email: "late@example.org" }))?.code, "rate-limited");
  clock.advance(2_001);
  assert.equal(await ask(parts, { email: "late@example.org" }), undefined);
  let sent = post.posted.length;
  for (let n = 0; n < 120; n++) {
    clock.advance(30_000);
    await ask(parts, { email: numbered(n) });
  }
  sent = post.posted.length - sent;
  assert.ok(sent <= 20, `${sent} in the next hour`);
});

test("counts IPv6 by its first 64 bits", async (parts) => {
  for (let n = 0; n < 10; n++) {
    const network = `2001:db8:0:1::${n + 1}`;
    assert.equal(await ask(parts, { email: numbered(n), network }), undefined);
  }
  const again = (network: string) => ask(parts, { email: "next@example.org", network });
  assert.equal((await again("2001:db8:0:1:ffff::1"))?.code, "rate-limited");
  assert.equal(await again("2001:db8:0:2::1"), undefined);
});

test("asks for a challenge after five codes for one address, from wherever", async (parts) => {
  const { clock } = parts;
  for (let n = 0; n < 5; n++) {
    assert.equal(
      await ask(parts, { email: "ann@example.org", network: `192.0.2.${n}` }),
      undefined,
    );
    clock.advance(60_000);
  }
  const refused = await ask(parts, { email: "ann@example.org", network: "198.51.100.1" });
  assert.ok(refused?.challenge !== undefined && (refused.retryAfter ?? 0) > 3_600);
  assert.equal(await ask(parts, { email: "ben@example.org", network: "192.0.2.1" }), undefined);
});

test("lets a right proof open one request, for its address and purpose, while it is fresh", async (parts) => {
  const { clock } = parts;
  const { challenge } = await exhaust(parts);
  assert.ok(challenge !== undefined);
  const proof = await prove(challenge);
  const next = { email: "next@example.org", proof };
  assert.equal((await ask(parts, { ...next, email: "other@example.org" }))?.code, "rate-limited");
  assert.equal((await ask(parts, { ...next, purpose: "reset-password" }))?.code, "rate-limited");
  for (const wrong of ["", "nonsense", btoa("{}"), proof.slice(0, -8)]) {
    const refused = await ask(parts, { ...next, proof: wrong });
    assert.ok(refused?.challenge !== undefined, `a new one instead of ${wrong.slice(0, 8)}`);
  }
  assert.equal(await ask(parts, next), undefined);
  clock.advance(60_000);
  const second = await ask(parts, next);
  assert.ok(second?.challenge !== undefined);
  const late = await prove(second.challenge);
  clock.advance(5 * 60_000);
  // Meanwhile somebody had what came back.
  await ask(parts, { email: "somebody@example.org" });
  await ask(parts, { email: "anybody@example.org" });
  assert.equal((await ask(parts, { ...next, proof: late }))?.code, "rate-limited");
});

test("opens no second code within a minute for one address by a proof, and does not use that up", async (parts) => {
  const { clock } = parts;
  const first = await exhaust(parts);
  assert.ok(first.challenge !== undefined);
  const email = "next@example.org";
  assert.equal(await ask(parts, { email, proof: await prove(first.challenge) }), undefined);
  const second = await ask(parts, { email: "more@example.org" });
  assert.ok(second !== undefined);
  clock.advance(1_000);
  const soon = await ask(parts, { email });
  // No challenge: there is no way around this one.
  assert.deepEqual([soon?.retryAfter, soon?.challenge], [59, undefined]);
  clock.advance(59_000);
  const third = await ask(parts, { email });
  assert.ok(third?.challenge !== undefined);
  const proof = await prove(third.challenge);
  assert.equal(await ask(parts, { email, proof }), undefined);
  clock.advance(30_000);
  assert.equal((await ask(parts, { email, proof }))?.retryAfter, 30);
});

/** A gate on its own, where every proof is right but the one that says "wrong". */
async function openGate() {
  const kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const real = createChallenges({ kv, clock, tokens: createTokens(TEST_SECRET, clock) });
  const challenge = await real.make(["any"]);
  const gate = createCodeGate({
    limits: createLimits({ kv, clock }),
    challenges: {
      make: () => Promise.resolve(challenge),
      redeem: (_, proof) => Promise.resolve(proof !== "wrong"),
    },
  });
  return {
    clock,
    pass: async (email: string, network: string, proof?: string): Promise<AppError | undefined> => {
      try {
        await gate({ purpose: "register", email }, { network, proof });
        return undefined;
      } catch (error) {
        if (error instanceof AppError) return error;
        throw error;
      }
    },
    [Symbol.dispose]: () => kv.close(),
  };
}

Deno.test("createCodeGate lets 10 codes in any minute through to one network by proofs, however many it has", async () => {
  using at = await openGate();
  const network = "2001:db8:0:1::1";
  for (let n = 0; n < 10; n++) assert.equal(await at.pass(numbered(n), network), undefined);
  const passed: number[] = [];
  for (let n = 0; n < 600; n++) {
    const refused = await at.pass(`q${n}@example.org`, network, "right");
    if (refused === undefined) passed.push(n * 1_000);
    // No challenge any more: more work opens nothing.
    else assert.deepEqual([refused.code, refused.challenge], ["rate-limited", undefined]);
    if (n === 5) assert.deepEqual([passed.length, refused?.retryAfter], [5, 7]);
    at.clock.advance(1_000);
  }
  for (const from of passed) {
    const within = passed.filter((at) => at >= from && at < from + 60_000).length;
    assert.ok(within <= 10, `${within} in the minute from ${from} on`);
  }
  assert.ok(passed.length >= 50, `${passed.length} in ten minutes`);
  assert.equal(await at.pass("next@example.org", "192.0.2.2"), undefined);
});

Deno.test("createCodeGate lets 40 codes on a first day and 25 a day after that through to one address, from however many networks and by whatever proofs", async () => {
  using at = await openGate();
  const passed: number[] = [];
  for (let n = 0; n < 3 * 24 * 60; n++) {
    const network = `2001:db8:0:${n.toString(16)}::1`;
    if (await at.pass("ann@example.org", network, "right") === undefined) passed.push(n);
    at.clock.advance(60_000);
  }
  const daily = [0, 1, 2].map((day) => passed.filter((n) => Math.floor(n / 1_440) === day).length);
  const [first = 0, ...others] = daily;
  assert.ok(first > 30 && first <= 40, `${first} on the first day`);
  assert.deepEqual(others, [25, 25]);
  assert.equal(await at.pass("ben@example.org", "192.0.2.1"), undefined);
});

Deno.test("createCodeGate takes nothing for proofs that are not right", async () => {
  using at = await openGate();
  for (let n = 0; n < 10; n++) assert.equal(await at.pass(numbered(n), "192.0.2.1"), undefined);
  for (let n = 0; n < 20; n++) {
    assert.ok((await at.pass("next@example.org", "192.0.2.1", "wrong"))?.challenge !== undefined);
  }
  assert.equal(await at.pass("next@example.org", "192.0.2.1", "right"), undefined);
});

test("does the same for an address with an account and for one without", async (parts) => {
  const { clock } = parts;
  const seen: unknown[][] = [[], []];
  for (const purpose of ["register", "reset-password"] as const) {
    for (let n = 0; n < 6; n++) {
      for (const known of [false, true]) {
        const email = `${purpose}-${known}@example.org`;
        const network = `2001:db8:${purpose.length}:${Number(known)}::1`;
        const refused = await ask(parts, { email, purpose, known, network });
        seen[Number(known)]?.push([
          refused?.code,
          refused?.message,
          refused?.retryAfter,
          refused?.challenge !== undefined,
        ]);
      }
      clock.advance(60_000);
    }
  }
  assert.deepEqual(seen[0], seen[1]);
  assert.equal(seen[0]?.length, 12);
});

test(
  "asks nobody to wait where limits are off, but for the next code to one address",
  async (parts) => {
    for (let n = 0; n < 40; n++) assert.equal(await ask(parts, { email: numbered(n) }), undefined);
    for (let n = 0; n < 12; n++) {
      parts.clock.advance(60_000);
      assert.equal(await ask(parts, { email: numbered(0) }), undefined);
    }
    assert.equal((await ask(parts, { email: numbered(0) }))?.retryAfter, 60);
  },
  false,
);
