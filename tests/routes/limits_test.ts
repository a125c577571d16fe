import assert from "node:assert/strict";
import { Hono } from "hono";
import { createErrorHandler } from "../../lib/http/answer_problem.ts";
import type { SessionEntry } from "../../lib/protocol/model.ts";
import type { Env } from "../../routes/context.ts";
import { createLimits } from "../../routes/limits.ts";
import { createLimits as createShared } from "../../verify/limits.ts";
import { createLocalLimits } from "../../verify/local_limits.ts";
import { createFakeClock } from "../support/clock.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { createFakeTimers } from "../support/fake_timers.ts";
import { type Answer, PASSWORD, signUp, startTestServer } from "../support/api_server.ts";

/** The limits in front of routes that let everybody pass, by the account and session that headers name. */
async function openApp(limited = true) {
  const kv = await Deno.openKv(":memory:");
  const clock = createFakeClock();
  const log = createFakeLog();
  const shared = createShared({ kv, clock });
  const local = createLocalLimits({ shared, clock, timers: createFakeTimers(), log });
  const limits = createLimits({
    config: { limits: limited },
    limits: local,
    clientAddress: (_peer, forwarded) => forwarded ?? "192.0.2.9",
  });
  const app = new Hono<Env>().onError(createErrorHandler(log)).use(limits.ofNetwork)
    .all("*", async (c) => {
      const user = c.req.header("account") ?? "";
      await limits.ofAccount(c, { user, session: c.req.header("session") ?? user });
      return c.text("well");
    });
  const ask = async (
    method: string,
    path: string,
    account: string,
    network = "192.0.2.9",
    session = account,
  ) => {
    const headers = { account, session, "x-forwarded-for": network };
    const env = { incoming: { socket: {} } };
    const answer = await app.request(`/api/v1${path}`, { method, headers }, env);
    await answer.text();
    return answer.status;
  };
  return {
    clock,
    ask,
    post: (path: string, account: string, network?: string) => ask("POST", path, account, network),
    [Symbol.asyncDispose]: () => {
      local[Symbol.dispose]();
      return Promise.resolve(kv.close());
    },
  };
}

function refusal({ status, headers, body }: Answer) {
  return { status, code: String(body.code), wait: Number(headers.get("retry-after")) };
}

Deno.test("limits counts what asks for a password again, whatever it is", async () => {
  await using app = await openApp();
  const paths = ["/me/password", "/me/email", "/me/deletion"];
  for (let n = 0; n < 10; n++) assert.equal(await app.post(paths[n % 3] ?? "", "ann"), 200);
  for (const path of paths) assert.equal(await app.post(path, "ann"), 429);
  assert.equal(await app.post("/me/password", "ben"), 200);
  app.clock.advance(60_000);
  assert.equal(await app.post("/me/password", "ann"), 200);
  assert.equal(await app.post("/me/password", "ann"), 429);
});

Deno.test("limits counts requests for codes apart from everything else, by the network", async () => {
  await using app = await openApp();
  for (let n = 0; n < 60; n++) assert.equal(await app.post("/verification-codes", ""), 200);
  assert.equal(await app.post("/verification-codes", ""), 429);
  assert.equal(await app.post("/password-resets", ""), 200);
  assert.equal(await app.post("/verification-codes", "", "192.0.2.1"), 200);
  app.clock.advance(1_000);
  assert.equal(await app.post("/verification-codes", ""), 200);
});

Deno.test("limits leaves an owner what throws a thief out, whatever a thief's session asks", async () => {
  await using app = await openApp();
  const asks = [["GET", "/me"], ["GET", "/sessions"], ["DELETE", "/sessions/others"]] as const;
  const ask = ([method, path]: readonly [string, string], session: string) =>
    app.ask(method, path, "ann", undefined, session);
  for (const each of asks) {
    let refused = false;
    for (let n = 0; n < 2_000 && !refused; n++) refused = await ask(each, "thief") === 429;
    assert.ok(refused, each.join(" "));
  }
  for (let n = 0; n < 11; n++) await ask(["POST", "/me/password"], "thief");
  assert.equal(await ask(["POST", "/me/password"], "thief"), 429);
  // What anybody may ask of the account is used up, and what is needed is not.
  assert.equal(await ask(["GET", "/me"], "own"), 429);
  for (const path of ["others", "current", "1"]) {
    assert.equal(await ask(["DELETE", `/sessions/${path}`], "own"), 200, path);
  }
  assert.equal(await ask(["GET", "/sessions"], "own"), 200);
  assert.equal(await ask(["POST", "/me/password"], "own"), 200);
});

Deno.test("limits counts a HEAD as the GET that it is answered by", async () => {
  await using app = await openApp();
  for (let n = 0; n < 100; n++) assert.equal(await app.ask("GET", "/users?query=x", "ann"), 200);
  assert.equal(await app.ask("HEAD", "/users?query=x", "ann"), 429);
  assert.equal(await app.ask("HEAD", "/users/1", "ann"), 200);
});

Deno.test("limits takes an IPv6 customer's addresses for one", async () => {
  await using app = await openApp();
  for (let n = 0; n < 30; n++) {
    assert.equal(await app.post("/password-resets", "", `2001:db8:1:2:${n}::7`), 200);
  }
  assert.equal(await app.post("/password-resets", "", "2001:db8:1:2::1"), 429);
  assert.equal(await app.post("/password-resets", "", "2001:db8:1:3::1"), 200);
  assert.equal(await app.post("/password-resets", "", "192.0.2.1"), 200);
});

Deno.test("limits counts nothing where they are off", async () => {
  await using app = await openApp(false);
  for (let n = 0; n < 100; n++) assert.equal(await app.post("/me/password", "ann"), 200);
});

Deno.test("limits of a whole server", async (t) => {
  await using server = await startTestServer({ limits: true });
  await t.step("limits says how much is left, and refuses what is too much", async () => {
    const ann = await signUp(server);
    const search = () => ann.call("GET", "/users?query=nobody");
    const first = await search();
    assert.equal(first.headers.get("ratelimit-policy"), '"search";q=100;w=100');
    assert.equal(first.headers.get("ratelimit"), '"search";r=99;t=1');
    const answers = await Promise.all(Array.from({ length: 200 }, search));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 1 && refused.length <= 101, `${refused.length} were refused`);
    const [one] = refused;
    assert.ok(one !== undefined);
    assert.deepEqual(refusal(one), { status: 429, code: "rate-limited", wait: 1 });
    assert.equal(one.headers.get("cache-control"), "no-store");
    assert.match(one.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    assert.equal(String(one.body.retryAfter), "1");
    assert.match(one.headers.get("ratelimit") ?? "", /^"search";r=0;t=\d+$/);
    // Anything else and anybody else is not concerned.
    const other = await ann.call("GET", "/me");
    assert.equal(other.status, 200);
    assert.match(other.headers.get("ratelimit") ?? "", /^"other";r=1\d\d\d;t=\d+$/);
    const ben = await signUp(server);
    assert.equal((await ben.call("GET", "/users?query=nobody")).status, 200);
  });
  await t.step("a token of a session that has ended takes nothing of its account's", async () => {
    const ann = await signUp(server);
    const signIn = { login: ann.name, password: PASSWORD };
    const { body: thief } = await server.call("POST", "/sessions", { body: signIn });
    const token = String(thief.accessToken);
    assert.equal((await ann.call("DELETE", "/sessions/others")).status, 204);
    const ask = () => server.call("POST", "/tickets", { token, body: {} });
    const answers = await Promise.all(Array.from({ length: 200 }, ask));
    assert.ok(answers.every(({ status }) => status === 401));
    const ticket = await ann.call("POST", "/tickets", {});
    assert.equal(ticket.status, 201);
    assert.equal(ticket.headers.get("ratelimit"), '"ticket";r=119;t=1');
  });
  await t.step("limits counts who is not signed in by the network", async () => {
    const answer = await server.call("POST", "/sessions/refresh", { body: { refreshToken: "x" } });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("ratelimit-policy"), '"refresh";q=2000;w=40');
    const stranger = await server.call("GET", "/me");
    assert.equal(stranger.status, 401);
    assert.match(stranger.headers.get("ratelimit") ?? "", /^"other";r=\d+;t=\d+$/);
  });
  await t.step("networkOf believes no header where no proxy is trusted", async () => {
    const ann = await signUp(server);
    const headers = { "x-forwarded-for": "203.0.113.5" };
    const signedIn = await server.call("POST", "/sessions", {
      body: { login: ann.name, password: PASSWORD },
      headers,
    });
    const { body } = await ann.call("GET", "/sessions");
    const made = (body.sessions as unknown as SessionEntry[])
      .find(({ id }) => id === String(signedIn.body.session));
    assert.equal(made?.ip, "127.0.0.1");
  });
});
