import assert from "node:assert/strict";
import { createHmac, hkdfSync } from "node:crypto";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import { createServiceTokens, SERVICE_TOKEN_LIFETIME } from "../../lib/services/service_tokens.ts";
import { createTokens } from "../../lib/tokens.ts";
import { createFakeClock } from "../support/clock.ts";
import { TEST_SECRET } from "../support/test_server.ts";

function setUp(secret = TEST_SECRET) {
  const clock = createFakeClock();
  return { clock, tokens: createServiceTokens(secret, clock) };
}

async function refused(token: string | undefined, { tokens } = setUp()): Promise<void> {
  await assert.rejects(tokens.check("status", token), (error) => {
    assert.ok(error instanceof AppError && error.code === "unauthenticated");
    return true;
  });
}

/** A token like the service's, changed by the test: signed by hand, because jose forges nothing. */
function forge(change: { payload?: object; header?: object; use?: string; hash?: string } = {}) {
  const base64url = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  const now = Math.floor(createFakeClock().now() / 1000);
  const payload = {
    aud: "parley-internal:status",
    iat: now,
    nbf: now,
    exp: now + 60,
    ...change.payload,
  };
  const header = { alg: "HS256", typ: "service+jwt", ...change.header };
  const signed = `${base64url(header)}.${base64url(payload)}`;
  const use = change.use ?? "service token";
  const key = new Uint8Array(hkdfSync("sha256", TEST_SECRET, "parley", use, 32));
  return `${signed}.${createHmac(change.hash ?? "sha256", key).update(signed).digest("base64url")}`;
}

Deno.test("ServiceTokens takes what it gave, for a minute", async () => {
  const { tokens, clock } = setUp();
  const token = await tokens.issue("status");
  await tokens.check("status", token);
  clock.advance((SERVICE_TOKEN_LIFETIME - 1) * 1000);
  await tokens.check("status", token);
  // Some leeway for clocks, and not more than a minute of it.
  clock.advance(61_000);
  await refused(token, { tokens, clock });
  await tokens.check("status", await tokens.issue("status"));
});

Deno.test("ServiceTokens gives each service a token that no other takes", async () => {
  const { tokens } = setUp();
  const token = await tokens.issue("verify");
  await tokens.check("verify", token);
  await refused(token, { tokens, clock: createFakeClock() });
  assert.equal(await tokens.issue("verify"), token);
});

Deno.test("ServiceTokens gives a token again for half of its life, and after a clock was set back a new one", async () => {
  const { tokens, clock } = setUp();
  const token = await tokens.issue("status");
  clock.advance((SERVICE_TOKEN_LIFETIME / 2 - 1) * 1000);
  assert.equal(await tokens.issue("status"), token);
  clock.advance(1_000);
  assert.notEqual(await tokens.issue("status"), token);
  clock.advance(-600_000);
  const earlier = await tokens.issue("status");
  await tokens.check("status", earlier);
});

Deno.test("ServiceTokens takes a forgery that is right in everything", async () => {
  await setUp().tokens.check("status", forge());
});

const forgeries: Record<string, string> = {
  "the key of people's tokens": forge({ use: "access token" }),
  "another algorithm": forge({ header: { alg: "HS512" }, hash: "sha512" }),
  "the type of people's tokens": forge({ header: { typ: "at+jwt" } }),
  "another service's audience": forge({ payload: { aud: "parley-internal:verify" } }),
  "the audience of people's tokens": forge({ payload: { aud: "parley" } }),
  "an end in the past": forge({ payload: { exp: 1_749_999_900 } }),
  "a beginning in the future": forge({ payload: { nbf: 1_750_000_100 } }),
  "the algorithm RS256": forge({ header: { alg: "RS256" } }),
  "the header field jku": forge({ header: { jku: "https://evil.example/keys" } }),
  "the header field jwk": forge({ header: { jwk: { kty: "oct", k: "AAAA" } } }),
  "a key that nobody has": forge({ header: { kid: "0123456789abcdef" } }),
  "no type": forge({ header: { typ: undefined } }),
  "no end": forge({ payload: { exp: undefined } }),
  "no beginning": forge({ payload: { nbf: undefined } }),
};
for (const [what, token] of Object.entries(forgeries)) {
  Deno.test(`ServiceTokens refuses a token with ${what}`, () => refused(token));
}

Deno.test("ServiceTokens refuses none, what is no token, and another secret's", async () => {
  for (const token of [undefined, "", "..", "a.b.c", "x".repeat(10_000)]) await refused(token);
  await refused(await setUp("another secret of more than 32 bytes").tokens.issue("status"));
});

Deno.test("ServiceTokens takes the other secret's where it is told to", async () => {
  const clock = createFakeClock();
  const other = "another secret of more than 32 bytes";
  const [before, after] = [
    createServiceTokens(TEST_SECRET, clock, other),
    createServiceTokens(other, clock, TEST_SECRET),
  ];
  await before.check("status", await after.issue("status"));
  await after.check("status", await before.issue("status"));
  await setUp().tokens.check("status", await before.issue("status"));
  await refused(await after.issue("status"));
});

Deno.test("ServiceTokens refuses the algorithm none", async () => {
  const [, payload] = forge().split(".");
  for (const alg of ["none", "None"]) {
    const header = btoa(JSON.stringify({ alg, typ: "service+jwt" })).replaceAll("=", "");
    for (const signature of ["", "AAAA"]) await refused(`${header}.${payload}.${signature}`);
  }
});

Deno.test("neither a person's nor a service's token passes for the other", async () => {
  const people = createTokens(TEST_SECRET, createFakeClock());
  await refused(await people.issueAccess({ user: newId(), session: newId() }));
  await assert.rejects(people.readAccess(await setUp().tokens.issue("status")), AppError);
});
