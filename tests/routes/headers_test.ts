/** What every kind of answer says to browsers and caches. */
import assert from "node:assert/strict";
import { PASSWORD, signUp, type TestServer } from "../support/api_server.ts";
import { openHttpLine } from "../support/http_line.ts";
import { upgradeRequest } from "../support/raw_socket.ts";
import { testWithServer } from "../support/shared_server.ts";

const EVERYWHERE = {
  "strict-transport-security": /^max-age=31536000/,
  "x-content-type-options": /^nosniff$/,
  "referrer-policy": /^no-referrer$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-resource-policy": /^same-origin$/,
  "content-security-policy": /frame-ancestors 'none'/,
  // The page records voice messages. Nobody else may, and nobody looks at what it does not ask for.
  "permissions-policy": /camera=\(\).*microphone=\((self)?\)/,
};

type Said = { status: number; headers: Headers };

function check(
  what: string,
  { status, headers }: Said,
  expected: number,
  cache = "no-store",
): void {
  assert.equal(status, expected, what);
  for (const [name, value] of Object.entries(EVERYWHERE)) {
    assert.match(headers.get(name) ?? "", value, `${what}: ${name}`);
  }
  const policy = headers.get("content-security-policy") ?? "";
  assert.ok(!policy.includes("unsafe"), `${what}: ${policy}`);
  assert.match(policy, /default-src 'none'/, what);
  assert.equal(headers.get("cache-control"), cache, what);
}

/** As bytes: what a client library would refuse to send, or answer by itself. */
async function raw({ port }: TestServer, request: string): Promise<Said> {
  using line = await openHttpLine(port);
  await line.write(new TextEncoder().encode(request));
  return await line.answer() ?? assert.fail("no answer");
}

testWithServer("every answer of the API keeps out of caches and frames", async (server) => {
  const ann = await signUp(server);
  const contact = { user: ann.id };
  const big = { greeting: "x".repeat(1024 * 1024) };
  const api = async (method: string, path: string, more: RequestInit = {}): Promise<Said> => {
    const answer = await fetch(`${server.origin}/api/v1${path}`, {
      method,
      ...more,
      headers: {
        authorization: `Bearer ${ann.grant.accessToken}`,
        ...(more.body !== undefined && { "content-type": "application/json" }),
        ...more.headers,
      },
    });
    await answer.text();
    return answer;
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    api("POST", path, { body: JSON.stringify(body), headers });
  const signIn = { login: ann.name, password: PASSWORD, transport: "cookie" };
  check("what was asked for", await api("GET", "/me"), 200);
  check("its head", await api("HEAD", "/me"), 200);
  check("what was made", await post("/sessions", signIn), 201);
  check("nothing", await api("DELETE", "/me/invites"), 204);
  check("no JSON", await api("POST", "/tickets", { body: "{" }), 400);
  check("too deep", await api("POST", "/tickets", { body: "[".repeat(99) }), 400);
  check("not signed in", await api("GET", "/me", { headers: { authorization: "" } }), 401);
  const foreign = { origin: "https://evil.example" };
  check("from another site", await post("/sessions", signIn, foreign), 403);
  check("nothing there", await api("GET", "/nothing"), 404);
  check("nobody", await api("GET", "/users/nobody"), 404);
  check("conflict", await post("/contact-requests", contact), 409);
  check("too large", await post("/contact-requests", big), 413);
  const text = { "content-type": "text/plain" };
  check("not of this type", await post("/tickets", {}, text), 415);
  check("not valid", await post("/tickets", { exclude: "x" }), 422);
  const guess = { login: "somebody", password: "a guess" };
  check("a wrong password", await post("/sessions", guess), 401);
  check("a preflight", await api("OPTIONS", "/me"), 404);
});

testWithServer("so does what is no API", async (server) => {
  const get = async (path: string, more: RequestInit = {}): Promise<Said> => {
    const answer = await fetch(server.origin + path, more);
    await answer.text();
    return answer;
  };
  for (const path of ["/healthz", "/readyz", "/dev/mailbox", "/openapi.json", "/docs"]) {
    check(path, await get(path), 200);
  }
  for (const path of ["/nothing", "/internal/verify/send", "/assets/none.js"]) {
    check(path, await get(path), 404);
  }
  // Built or not, and it is for everybody: only asked about again.
  const page = await get("/");
  check("the page", page, page.status, page.status === 200 ? "no-cache" : "no-store");
  const head = await get("/", { method: "HEAD" });
  check("its head", head, page.status, page.status === 200 ? "no-cache" : "no-store");
});

testWithServer("so does what is no request, and a socket that is refused", async (server) => {
  const host = "Host: 127.0.0.1\r\n";
  check("no HTTP", await raw(server, "hello\r\n\r\n"), 400);
  check("no host", await raw(server, "GET / HTTP/1.1\r\n\r\n"), 400);
  check(
    "a long header",
    await raw(server, `GET / HTTP/1.1\r\n${host}X: ${"y".repeat(1e5)}\r\n\r\n`),
    431,
  );
  check("no ticket", await raw(server, upgradeRequest("/api/v1/chat")), 401);
  check("no socket", await raw(server, upgradeRequest("/elsewhere")), 404);
  const foreign = upgradeRequest("/api/v1/chat", { Origin: "https://evil.example" });
  check("a socket for another site", await raw(server, foreign), 403);
});
