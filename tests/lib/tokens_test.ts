import assert from "node:assert/strict";
import { createHmac, hkdfSync } from "node:crypto";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import {
  ACCESS_LIFETIME,
  createTokens,
  equalSecrets,
  hashToken,
  newToken,
} from "../../lib/tokens.ts";
import { createFakeClock } from "../support/clock.ts";

const SECRET = "b6f1c0de77a94e0d8f5a3c21904be7d6";
const access = { user: newId(), session: newId() };

function setUp(secret = SECRET) {
  const clock = createFakeClock();
  return { clock, tokens: createTokens(secret, clock) };
}

/** The server's own key, so that a forgery is right in all but one thing. */
function keyOf(use: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", SECRET, "parley", use, 32));
}

function base64url(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

async function refused(token: string, { tokens } = setUp()): Promise<void> {
  await assert.rejects(tokens.readAccess(token), (error) => {
    assert.ok(error instanceof AppError && error.code === "unauthenticated");
    assert.ok(token === "" || !error.message.includes(token));
    return true;
  });
}

/** A token like the server's, changed by the test: signed by hand, because jose forges nothing. */
function forge(
  change: { payload?: object; header?: object; key?: Uint8Array; hash?: string } = {},
) {
  const now = Math.floor(createFakeClock().now() / 1000);
  const payload = {
    sid: access.session,
    sub: access.user,
    aud: "parley",
    iat: now,
    nbf: now,
    exp: now + 60,
    ...change.payload,
  };
  const header = { alg: "HS256", typ: "at+jwt", ...change.header };
  const signed = `${base64url(header)}.${base64url(payload)}`;
  const key = change.key ?? keyOf("access token");
  return `${signed}.${createHmac(change.hash ?? "sha256", key).update(signed).digest("base64url")}`;
}

Deno.test("readAccess takes what issueAccess gave, for a quarter of an hour", async () => {
  const { tokens, clock } = setUp();
  const token = await tokens.issueAccess(access);
  assert.deepEqual(await tokens.readAccess(token), access);
  clock.advance((ACCESS_LIFETIME - 1) * 1000);
  assert.deepEqual(await tokens.readAccess(token), access);
  // Some leeway for clocks, and not more than a minute of it.
  clock.advance(61_000);
  await refused(token, { tokens, clock });
});

Deno.test("readAccess takes a forgery that is right in everything", async () => {
  assert.deepEqual(await setUp().tokens.readAccess(forge()), access);
});

const forgeries: Record<string, string> = {
  "another key": forge({ key: new Uint8Array(32) }),
  "the key of another use": forge({ key: keyOf("refresh token") }),
  "another algorithm": forge({ header: { alg: "HS512" }, hash: "sha512" }),
  "another type": forge({ header: { typ: "JWT" } }),
  "another audience": forge({ payload: { aud: "elsewhere" } }),
  "an end in the past": forge({ payload: { exp: 1_749_999_900 } }),
  "a beginning in the future": forge({ payload: { nbf: 1_750_000_100 } }),
  "no end": forge({ payload: { exp: undefined } }),
  "no beginning": forge({ payload: { nbf: undefined } }),
  "no session": forge({ payload: { sid: undefined } }),
  "no subject": forge({ payload: { sub: undefined } }),
  "a key of its own": forge({
    key: new Uint8Array(32),
    header: { jwk: { kty: "oct", k: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" } },
  }),
  "no type": forge({ header: { typ: undefined } }),
  "the type of services": forge({ header: { typ: "service+jwt" } }),
  "the audience of services": forge({ payload: { aud: "parley-internal:verify" } }),
  "no audience": forge({ payload: { aud: undefined } }),
  // As if the key were a public one, and the other way round.
  ...Object.fromEntries(
    ["RS256", "PS256", "ES256", "EdDSA", "HS384", "hs256"].map((
      alg,
    ) => [`the algorithm ${alg}`, forge({ header: { alg } })]),
  ),
  // From here on the signature is right, and something else is asked for.
  ...Object.fromEntries(
    Object.entries({
      jku: "https://evil.example/keys",
      jwk: { kty: "oct", k: "AAAA" },
      x5u: "https://evil.example/certificate",
      x5c: ["AAAA"],
      crit: ["exp"],
      b64: true,
      zip: "DEF",
    }).map((
      [field, value],
    ) => [`the header field ${field}`, forge({ header: { [field]: value } })]),
  ),
  "a key that nobody has": forge({ header: { kid: "0123456789abcdef" } }),
  "a key of another use": forge({
    header: { kid: keyOf("refresh token key id").slice(0, 8).toHex() },
  }),
  "a key that is no name": forge({ header: { kid: { "": "" } } }),
  "an empty key": forge({ header: { kid: "" } }),
};
for (const [what, token] of Object.entries(forgeries)) {
  Deno.test(`readAccess refuses a token with ${what}`, () => refused(token));
}

const OTHER = "another secret of more than 32 bytes";

Deno.test("two secrets are live at once: what one signed is taken beside the other", async () => {
  const clock = createFakeClock();
  const [before, after] = [
    createTokens(SECRET, clock, OTHER),
    createTokens(OTHER, clock, SECRET),
  ];
  const refresh = { session: newId(), generation: 7 };
  for (const [from, to] of [[before, after], [after, before]] as const) {
    assert.deepEqual(await to.readAccess(await from.issueAccess(access)), access);
    assert.deepEqual(to.readRefresh(from.issueRefresh(refresh)), refresh);
    assert.ok(
      to.keyedHashes("verification code", ["a", "b"]).includes(
        from.keyedHash("verification code", ["a", "b"]),
      ),
    );
  }
  // And only the secret itself signs.
  const alone = setUp().tokens;
  assert.deepEqual(await alone.readAccess(await before.issueAccess(access)), access);
  assert.deepEqual(alone.readRefresh(before.issueRefresh(refresh)), refresh);
  assert.equal(
    alone.keyedHash("verification code", ["a"]),
    before.keyedHash("verification code", ["a"]),
  );
  await refused(await after.issueAccess(access), { clock, tokens: alone });
  assert.equal(alone.readRefresh(after.issueRefresh(refresh)), undefined);
  assert.ok(
    !alone.keyedHashes("verification code", ["a"]).includes(
      after.keyedHash("verification code", ["a"]),
    ),
  );
});

Deno.test("a token names its key, so that one signature is computed of each", async () => {
  const clock = createFakeClock();
  const both = createTokens(SECRET, clock, OTHER);
  const [header = ""] = (await both.issueAccess(access)).split(".");
  const { kid } = JSON.parse(atob(header)) as { kid: string };
  assert.match(kid, /^[0-9a-f]{16}$/);
  assert.deepEqual(await both.readAccess(forge({ header: { kid } })), access);
  const otherKey = new Uint8Array(hkdfSync("sha256", OTHER, "parley", "access token", 32));
  // With the other key it is right only under the other key's name.
  await refused(forge({ header: { kid }, key: otherKey }), { clock, tokens: both });
  // What names none is taken as from before keys had names, and by no second try.
  await refused(forge({ key: otherKey }), { clock, tokens: both });
});

Deno.test("readAccess refuses the algorithm none", async () => {
  const [, payload] = forge().split(".");
  for (const alg of ["none", "None", "NONE"]) {
    for (const signature of ["", "AAAA"]) {
      await refused(`${base64url({ alg, typ: "at+jwt" })}.${payload}.${signature}`);
    }
  }
});

Deno.test("readAccess refuses a payload that was changed, and what is no token", async () => {
  const [header, , signature] = forge().split(".");
  await refused(`${header}.${base64url({ sub: newId(), sid: newId() })}.${signature}`);
  for (const text of ["", ".", "..", "a.b.c", "\0", "x".repeat(10_000)]) await refused(text);
});

Deno.test("readAccess refuses the token of a server with another secret", async () => {
  const other = setUp("another secret of more than 32 bytes");
  await refused(await other.tokens.issueAccess(access));
});

Deno.test("readRefresh takes what issueRefresh gave, and gives the same twice", () => {
  const { tokens } = setUp();
  for (const generation of [1, 2, 2 ** 32 - 1]) {
    const refresh = { session: newId(), generation };
    const token = tokens.issueRefresh(refresh);
    assert.deepEqual(tokens.readRefresh(token), refresh);
    assert.equal(tokens.issueRefresh(refresh), token);
  }
});

Deno.test("readRefresh refuses a token with any byte changed, or another length", () => {
  const { tokens } = setUp();
  const token = tokens.issueRefresh({ session: newId(), generation: 3 });
  const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
  const write = (changed: Uint8Array) => changed.toBase64({ alphabet: "base64url" });
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(tokens.readRefresh(write(changed)), undefined, `byte ${at}`);
  }
  for (const length of [0, 1, 20, 32, bytes.length - 1]) {
    assert.equal(tokens.readRefresh(write(bytes.slice(0, length))), undefined, `${length} bytes`);
  }
  assert.equal(tokens.readRefresh(write(new Uint8Array([...bytes, 0]))), undefined);
  for (const text of ["", "not base64!", "ä", "\0"]) {
    assert.equal(tokens.readRefresh(text), undefined);
  }
});

Deno.test("readRefresh refuses an access token, and another server's refresh token", async () => {
  const { tokens } = setUp();
  assert.equal(tokens.readRefresh(await tokens.issueAccess(access)), undefined);
  const other = setUp("another secret of more than 32 bytes").tokens;
  const token = other.issueRefresh({ session: newId(), generation: 1 });
  assert.equal(tokens.readRefresh(token), undefined);
});

Deno.test("keyedHash depends on its use, on every part, on their order and on the secret", () => {
  const { tokens } = setUp();
  const hash = tokens.keyedHash("verification code", ["register", "a@example.org", "123456"]);
  const others = [
    tokens.keyedHash("verification code", ["reset-password", "a@example.org", "123456"]),
    tokens.keyedHash("verification code", ["register", "b@example.org", "123456"]),
    tokens.keyedHash("verification code", ["register", "a@example.org", "123457"]),
    tokens.keyedHash("verification code", ["registera@example.org", "123456"]),
    setUp("another secret of more than 32 bytes").tokens
      .keyedHash("verification code", ["register", "a@example.org", "123456"]),
  ];
  for (const use of ["device cookie", "challenge", "challenge signature"] as const) {
    others.push(tokens.keyedHash(use, ["register", "a@example.org", "123456"]));
  }
  assert.equal(new Set([hash, ...others]).size, 9);
  assert.equal(
    tokens.keyedHash("verification code", ["register", "a@example.org", "123456"]),
    hash,
  );
  assert.ok(!hash.includes("123456"));
});

Deno.test("newToken gives 256 random bits that fit into a subprotocol", () => {
  const tickets = Array.from({ length: 100 }, newToken);
  assert.equal(new Set(tickets).size, 100);
  for (const ticket of tickets) assert.match(ticket, /^[\w-]{43}$/);
  assert.match(hashToken("ticket"), /^[0-9a-f]{64}$/);
});

Deno.test("equalSecrets tells equal from unequal, whatever their lengths", () => {
  assert.ok(equalSecrets("same", "same"));
  assert.ok(equalSecrets("", ""));
  for (const other of ["", "sam", "same ", "Same"]) assert.ok(!equalSecrets("same", other));
});
