import assert from "node:assert/strict";
import { Hono } from "hono";
import { newId } from "../../lib/ids.ts";
import { createTokens } from "../../lib/tokens.ts";
import { statusRoutes } from "../../status/http.ts";
import type { Status } from "../../status/service.ts";
import type { Challenge } from "../../lib/protocol/model.ts";
import { limitsRoutes } from "../../verify/limits_http.ts";
import { verifyRoutes } from "../../verify/http.ts";
import type { Verify } from "../../verify/service.ts";
import { createFakeClock } from "../support/clock.ts";
import { createNoStatus } from "../support/fake_services.ts";
import { answering, serviceTokens } from "../support/service_server.ts";
import { createReport } from "../support/speaking_node.ts";
import { TEST_SECRET } from "../support/test_server.ts";
import { asked } from "../support/code_request.ts";

const key = { purpose: "register", email: "ann@example.org" };

const bucket = { key: ["test", "one"], perSecond: 0.5, burst: 10 };

/** A body that is right, for each route that takes one. */
const bodies: Record<string, unknown> = {
  "/internal/status/nodes/renew": createReport({ node: "one" }),
  "/internal/status/nodes/leave": createReport({ node: "one" }),
  "/internal/status/nodes/pick": { exclude: [], region: "local", address: "", here: null },
  "/internal/status/presence/read": { users: [newId()] },
  "/internal/status/presence/write": {
    by: { origin: "one", epoch: "1" },
    changes: [{ user: newId(), state: "away" }],
  },
  "/internal/verify/send": { key, request: asked(false) },
  "/internal/verify/tell": {
    kind: "password-changed",
    to: "ann@example.org",
    language: "en",
    name: "Ann",
    at: "2026-01-02T03:04:05.678Z",
  },
  "/internal/verify/check": { key, code: "123456" },
  "/internal/verify/use": { key, code: "123456" },
  "/internal/verify/limits/take": { buckets: [bucket] },
  "/internal/verify/limits/spend": { spent: [{ bucket, tokens: -1.5 }] },
  "/internal/verify/limits/challenge": { purpose: ["sign-in", "ann"] },
  "/internal/verify/limits/redeem": { purpose: ["sign-in", "ann"], proof: "e30=" },
};

/** Both services, and how often either was asked to do anything. */
function setUp(change: { status?: Status } = {}) {
  const asked: string[] = [];
  const counting = <T extends object>(service: T): T =>
    new Proxy(service, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === "object" && value !== null) return counting(value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          asked.push(String(name));
          return value(...args);
        };
      },
    });
  const verify: Verify = {
    send: () => Promise.resolve({ resendAfter: 60, expiresIn: 600 }),
    tell: () => Promise.resolve(),
    check: () => Promise.resolve(),
    use: () => Promise.resolve(),
  };
  const none = createNoStatus();
  const presence = { ...none.presence, read: () => Promise.resolve([]) };
  const status = change.status ?? { ...none, presence };
  const limits = { take: () => Promise.resolve([]), spend: () => Promise.resolve([]) };
  const challenge = { parameters: {}, signature: "" } as unknown as Challenge;
  const challenges = {
    make: () => Promise.resolve(challenge),
    redeem: () => Promise.resolve(false),
  };
  const app = answering(
    new Hono().route("/internal/status", statusRoutes(counting(status), serviceTokens))
      .route(
        "/internal/verify/limits",
        limitsRoutes(counting(limits), counting(challenges), serviceTokens),
      )
      .route("/internal/verify", verifyRoutes(counting(verify), serviceTokens)),
  );
  const call = async (path: string, request: RequestInit & { token?: string | null } = {}) => {
    const [, , service = ""] = path.split("/");
    const token = request.token === undefined ? await serviceTokens.issue(service) : request.token;
    const response = await app.request(path, {
      method: "POST",
      body: JSON.stringify(bodies[path]),
      ...request,
      headers: {
        "content-type": "application/json",
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...request.headers,
      },
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    const body = type.includes("json") ? JSON.parse(text) : undefined;
    return { status: response.status, type, code: body?.code, errors: body?.errors };
  };
  return { app, asked, call };
}

Deno.test("every internal route is tried by these tests", () => {
  const { app } = setUp();
  const routes = app.routes.filter(({ method }) => method === "POST").map(({ path }) => path);
  assert.deepEqual(new Set(routes), new Set(Object.keys(bodies)));
});

for (const path of [...Object.keys(bodies), "/internal/status", "/internal/verify"]) {
  const method = path in bodies ? "POST" : "GET";
  const body = method === "GET" ? null : JSON.stringify(bodies[path]);

  Deno.test(`${path} answers whoever has a service token, and nobody else`, async () => {
    const { asked, call } = setUp();
    const people = createTokens(TEST_SECRET, createFakeClock());
    const access = await people.issueAccess({ user: newId(), session: newId() });
    const elsewhere = path.startsWith("/internal/status") ? "verify" : "status";
    const other = await serviceTokens.issue(elsewhere);
    for (const token of [null, "", "nonsense", access, other]) {
      const answer = await call(path, { method, body, token });
      assert.deepEqual([answer.status, answer.code, answer.type], [
        401,
        "unauthenticated",
        "application/problem+json",
      ]);
    }
    assert.deepEqual(asked, []);
    assert.ok((await call(path, { method, body })).status < 300);
    assert.equal(asked.length, method === "POST" ? 1 : 0);
  });
}

for (const [path, right] of Object.entries(bodies)) {
  Deno.test(`${path} takes nothing but what it knows`, async () => {
    const { asked, call } = setUp();
    const unknown = await call(path, { body: JSON.stringify({ ...Object(right), more: 1 }) });
    assert.deepEqual([unknown.status, unknown.errors?.[0]?.path], [422, "more"]);
    for (const body of ["{}", "null", "[]", "1"]) {
      assert.equal((await call(path, { body })).status, 422, body);
    }
    assert.equal((await call(path, { body: "{" })).status, 400);
    const text = await call(path, { headers: { "content-type": "text/plain" } });
    assert.equal(text.status, 415);
    const long = await call(path, { body: JSON.stringify({ more: "x".repeat(1024 * 1024) }) });
    assert.equal(long.status, 413);
    assert.deepEqual(asked, []);
  });
}

Deno.test("an internal route refuses what is already late, and a deadline that is none", async () => {
  const { asked, call } = setUp();
  const path = "/internal/verify/use";
  const late = await call(path, { headers: { deadline: "0" } });
  assert.deepEqual([late.status, late.code], [504, "timeout"]);
  for (const deadline of ["soon", "-1", "1.5", "9".repeat(20)]) {
    assert.equal((await call(path, { headers: { deadline } })).status, 400, deadline);
  }
  assert.deepEqual(asked, []);
  assert.equal((await call(path, { headers: { deadline: "60000000" } })).status, 204);
});

Deno.test("an internal route answers when its deadline is over, whatever it still does", async () => {
  const status = createNoStatus();
  const never = new Promise<never>(() => {});
  const { asked, call } = setUp({
    status: { ...status, nodes: { ...status.nodes, pick: () => never } },
  });
  const answer = await call("/internal/status/nodes/pick", { headers: { deadline: "50" } });
  assert.deepEqual([answer.status, answer.code, asked], [504, "timeout", ["pick"]]);
});

Deno.test("an internal route does nothing for a body that comes too late", async () => {
  const { asked, call } = setUp();
  const path = "/internal/verify/send";
  const body = new ReadableStream({
    start: async (controller) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      controller.enqueue(new TextEncoder().encode(JSON.stringify(bodies[path])));
      controller.close();
    },
  });
  const answer = await call(path, { body, headers: { deadline: "20" } });
  assert.deepEqual([answer.status, answer.code], [504, "timeout"]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(asked, []);
});
