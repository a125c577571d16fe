import assert from "node:assert/strict";
import { LIMITS } from "../../lib/protocol/codes.ts";
import { openRaw } from "../support/raw_socket.ts";
import { testWithServer } from "../support/shared_server.ts";
import { type Answer, signUp } from "../support/api_server.ts";

function isProblem({ status, headers, body }: Answer, expected: number, code: string): void {
  assert.equal(headers.get("content-type"), "application/problem+json");
  assert.deepEqual([status, Number(body.status), String(body.code)], [expected, expected, code]);
  for (const field of ["type", "title", "detail"]) assert.equal(typeof body[field], "string");
}

testWithServer("createApp answers every kind of error as a problem", async (server) => {
  const { call } = await signUp(server);
  isProblem(await server.call("GET", "/nothing/here"), 404, "not-found");
  isProblem(await server.call("GET", "/me"), 401, "unauthenticated");
  isProblem(await call("GET", "/users/not-an-id"), 404, "not-found");
  isProblem(await call("POST", "/tickets", "{"), 400, "invalid");
  isProblem(await call("POST", "/tickets", { exclude: "x" }), 422, "invalid");
  isProblem(await call("GET", "/conversations?limit=0"), 422, "invalid");
});

const strict: [string, string, object][] = [
  ["POST", "/verification-codes", { email: "a@example.org", purpose: "register" }],
  ["POST", "/accounts", {
    email: "a@example.org",
    code: "123456",
    username: "abc",
    password: "long enough",
  }],
  ["POST", "/sessions", { login: "abc", password: "long enough" }],
  ["POST", "/sessions/refresh", {}],
  ["POST", "/contact-requests", { user: "00000000-0000-7000-8000-000000000001" }],
  ["POST", "/conversations", { kind: "direct", user: "00000000-0000-7000-8000-000000000001" }],
  ["POST", "/tickets", {}],
];
testWithServer("createApp refuses fields that it does not know", async (server) => {
  const { call } = await signUp(server);
  for (const [method, path, body] of strict) {
    isProblem(await call(method, path, { ...body, role: "owner" }), 422, "invalid");
    const polluted = JSON.stringify(body).replace(/\}$/, ',"__proto__":{"role":"owner"}}')
      .replace("{,", "{");
    isProblem(await call(method, path, polluted), 422, "invalid");
  }
  isProblem(await call("GET", "/conversations?sort=up"), 422, "invalid");
  isProblem(await call("GET", "/users?query=a&role=owner"), 422, "invalid");
});

testWithServer(
  "startServer has nothing for other processes where there are none",
  async ({ origin }) => {
    for (const path of ["/internal/status", "/internal/verify/send"]) {
      const answer = await fetch(origin + path, { method: "POST" });
      assert.deepEqual([answer.status, (await answer.json()).code], [404, "not-found"]);
    }
  },
);

const DEEP = "[".repeat(50_000) + "]".repeat(50_000);

for (const text of ["", "{", "nonsense", '{"a":1,}', "\u0000", DEEP]) {
  testWithServer(
    `createApp answers 400 to the body ${JSON.stringify(text).slice(0, 9)}`,
    async (server) => {
      isProblem(await server.call("POST", "/sessions", { body: text }), 400, "invalid");
    },
  );
}

for (const text of ["null", "[]", "1", '"text"', "[".repeat(32) + "]".repeat(32)]) {
  testWithServer(`createApp answers 422 to JSON such as ${text.slice(0, 9)}`, async (server) => {
    isProblem(await server.call("POST", "/sessions", { body: text }), 422, "invalid");
  });
}

testWithServer("createApp answers 400 to JSON that is too deep to be read", async (server) => {
  const body = "[".repeat(50_000) + "]".repeat(50_000);
  isProblem(await server.call("POST", "/sessions", { body }), 400, "invalid");
});

testWithServer(
  "createApp takes a body of 1 MiB and answers 413 to a longer one",
  async (server) => {
    const body = (length: number) => JSON.stringify({ login: "x".repeat(length - 12) });
    assert.equal(body(LIMITS.bodyBytes).length, LIMITS.bodyBytes);
    const fits = await server.call("POST", "/sessions", { body: body(LIMITS.bodyBytes) });
    isProblem(fits, 422, "invalid");
    const over = await server.call("POST", "/sessions", { body: body(LIMITS.bodyBytes + 1) });
    isProblem(over, 413, "too-large");
  },
);

function chunked(length: number): string {
  const body = JSON.stringify({ login: "x".repeat(length) });
  return "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" +
    "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

testWithServer("createApp takes a body that comes in chunks", async ({ port }) => {
  using client = await openRaw(port, chunked(10));
  assert.equal((await client.answer()).status, 422);
});

testWithServer("createApp answers 413 to chunks of more than 1 MiB together", async ({ port }) => {
  using client = await openRaw(port, chunked(LIMITS.bodyBytes));
  assert.equal((await client.answer()).status, 413);
});

testWithServer("createApp takes a DELETE, which has no body", async (server) => {
  const { call } = await signUp(server);
  assert.equal((await call("DELETE", "/sessions/current")).status, 204);
});

testWithServer("createApp refuses what another site's page sends", async (server) => {
  const { call, grant } = await signUp(server);
  const foreign = ["https://evil.example", "null", `${server.origin}0`, "http://127.0.0.1"];
  for (const origin of foreign) {
    for (const [method, path] of [["POST", "/tickets"], ["DELETE", "/sessions/current"]] as const) {
      const answer = await server.call(method, path, {
        token: grant.accessToken,
        headers: { origin },
        ...(method === "POST" && { body: {} }),
      });
      isProblem(answer, 403, "forbidden");
    }
  }
  const own = await server.call("POST", "/tickets", {
    token: grant.accessToken,
    headers: { origin: server.origin },
    body: {},
  });
  assert.equal(own.status, 201);
  assert.equal((await call("GET", "/me")).status, 200);
});

testWithServer("createApp sends its protections with every answer", async (server) => {
  for (const path of ["/me", "/nothing"]) {
    const { headers } = await server.call("GET", path);
    const policy = headers.get("content-security-policy") ?? "";
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assert.ok(policy.includes(part), policy);
    }
    assert.ok(!policy.includes("unsafe"), policy);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.ok(headers.has("strict-transport-security"));
    assert.ok(headers.has("cross-origin-opener-policy"));
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
  assert.equal((await server.call("GET", "/me")).headers.get("cache-control"), "no-store");
});

testWithServer("createApp serves nothing from beside the page", async ({ port }) => {
  const paths = [
    "/..%2f..%2fdeno.json",
    "/%2e%2e/%2e%2e/deno.json",
    "/..%5c..%5cdeno.json",
    "/%00",
  ];
  for (const path of [...paths, "/../../deno.json", "//etc/passwd"]) {
    using client = await openRaw(
      port,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    const { status } = await client.answer();
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
  }
});

testWithServer(
  "createApp answers a request that offers another protocol than WebSocket",
  async ({ port }) => {
    using client = await openRaw(
      port,
      "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
    );
    assert.equal((await client.answer()).status, 200);
  },
);

testWithServer("createApp tells and logs no password, token or code", async (server) => {
  const { grant, name } = await signUp(server);
  await server.call("POST", "/sessions", { body: { login: name, password: "planted password" } });
  await server.call("GET", "/me", { token: `${grant.accessToken}x` });
  await server.call("POST", "/sessions/refresh", { body: { refreshToken: "planted token" } });
  const lines = server.log.lines.join("\n");
  assert.ok(!/planted/.test(lines) && !lines.includes(grant.accessToken));
});
