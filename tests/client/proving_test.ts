import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { type ClientOptions, createClient } from "../../client/client.ts";
import type { Challenge } from "../../lib/protocol/model.ts";
import { createFakeServer, type FakeServer } from "../support/fake_server.ts";
import { createFakeTimers } from "../support/fake_timers.ts";

const CHALLENGE: Challenge = {
  parameters: {
    ...{ algorithm: "PBKDF2/SHA-256", nonce: "00", salt: "00", cost: 1, keyLength: 32 },
    ...{ keyPrefix: "00", data: { for: "somebody" } },
  },
  signature: "signed",
};

const wait = (challenge?: Challenge) => () =>
  Response.json({ code: "rate-limited", detail: "wait", retryAfter: 30, challenge }, {
    status: 429,
  });

/** A server that takes a request only with the right proof. */
function createStrictServer(): FakeServer {
  const server = createFakeServer();
  server.answer = ({ path, body }) => {
    if (path !== "/verification-codes" && path !== "/sessions") return undefined;
    if (body.proof !== "proof of signed") return wait(CHALLENGE)();
    return path === "/sessions" ? undefined : { resendAfter: 60, expiresIn: 600 };
  };
  return server;
}

function createTestClient(server: FakeServer, options: Partial<ClientOptions> = {}) {
  const { fetch, openWire } = server;
  const timers = createFakeTimers();
  return createClient({
    ...{ origin: "http://server", credentials: "body", fetch, openWire, timers },
    ...options,
  });
}

const solveChallenge = ({ signature }: Challenge) => Promise.resolve(`proof of ${signature}`);

Deno.test("SendProving sends the same request once more with the proof", async () => {
  const server = createStrictServer();
  const { session, close } = createTestClient(server, { solveChallenge });
  assert.deepEqual(await session.requestCode("ann@example.org", "reset-password"), {
    resendAfter: 60,
    expiresIn: 600,
  });
  const body = { email: "ann@example.org", purpose: "reset-password" };
  assert.deepEqual(server.requests.map(({ body }) => body), [
    body,
    { ...body, proof: "proof of signed" },
  ]);
  server.requests.length = 0;
  await session.signIn("ann", "password");
  assert.equal(session.state().name, "signed-in");
  const signIn = { login: "ann", password: "password", transport: "body" };
  const sent = server.requests.filter(({ path }) => path === "/sessions");
  assert.deepEqual(sent.map(({ body }) => body), [signIn, {
    ...signIn,
    proof: "proof of signed",
  }]);
  close();
});

const hopeless: Record<string, { answer: () => Response; options: Partial<ClientOptions> }> = {
  "nothing solves it": { answer: wait(CHALLENGE), options: {} },
  "it cannot be solved": {
    answer: wait(CHALLENGE),
    options: { solveChallenge: () => Promise.reject(new Error("no Web Crypto")) },
  },
  "there is no challenge": { answer: wait(), options: { solveChallenge } },
};
for (const [what, { answer, options }] of Object.entries(hopeless)) {
  Deno.test(`SendProving says how long to wait where ${what}`, async () => {
    const server = createFakeServer();
    server.answer = answer;
    const { session } = createTestClient(server, options);
    await assert.rejects(
      session.requestCode("ann@example.org"),
      (error) =>
        error instanceof ApiError && error.code === "rate-limited" && error.retryAfter === 30,
    );
    assert.equal(server.requests.length, 1);
  });
}

Deno.test("SendProving proves once, and then says what it is told", async () => {
  const server = createFakeServer();
  server.answer = wait(CHALLENGE);
  const { session } = createTestClient(server, { solveChallenge });
  await assert.rejects(
    session.signIn("ann", "password"),
    (error) => error instanceof ApiError && error.challenge?.signature === "signed",
  );
  assert.equal(server.requests.length, 2);
});

Deno.test("Client names the reader's language with every request, as it is then", async () => {
  const said: (string | null)[] = [];
  let language = "zh-CN";
  const client = createClient({
    ...{ origin: "http://server", credentials: "body", timers: createFakeTimers() },
    fetch: (_input, init) => {
      said.push(new Headers(init?.headers).get("accept-language"));
      return Promise.resolve(Response.json({ resendAfter: 60, expiresIn: 600 }));
    },
    language: () => language,
  });
  await client.session.requestCode("ann@example.org");
  language = "en";
  await client.session.requestCode("ann@example.org");
  assert.deepEqual(said, ["zh-CN", "en"]);
});
