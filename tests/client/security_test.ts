import assert from "node:assert/strict";
import { type Client, createClient } from "../../client/client.ts";
import { createFakeServer, type FakeServer, ME } from "../support/fake_server.ts";
import { createFakeTimers, settle } from "../support/fake_timers.ts";

const AT = "2026-03-01T08:00:00.000Z";

async function signIn(server: FakeServer): Promise<Client> {
  const { fetch, openWire } = server;
  const client = createClient({
    ...{ origin: "http://server", credentials: "body", fetch, openWire },
    timers: createFakeTimers(),
  });
  await client.session.signIn("ann", "password");
  await settle();
  server.requests.length = 0;
  server.asked.length = 0;
  return client;
}

Deno.test("Security asks for sessions and events, and ends sessions", async () => {
  const server = createFakeServer();
  const entry = { id: "s1", device: "Firefox on Linux", createdAt: AT, lastUsedAt: AT };
  server.answer = ({ method, path }) => {
    if (method === "DELETE") return new Response(null, { status: 204 });
    if (method === "GET" && path === "/sessions") return { sessions: [entry] };
    return path === "/me/security-events" ? { events: [], next: "e7" } : undefined;
  };
  const { security, close } = await signIn(server);
  assert.deepEqual((await security.sessions()).map(({ id }) => id), ["s1"]);
  assert.equal((await security.events()).next, "e7");
  await security.events("e7");
  await security.endSession("s2");
  await security.endOtherSessions();
  assert.deepEqual(server.asked, [
    "/sessions",
    "/me/security-events",
    "/me/security-events?before=e7",
    "/sessions/s2",
    "/sessions/others",
  ]);
  close();
});

Deno.test("Security changes the password and the e-mail, which is shown at once", async () => {
  const server = createFakeServer();
  server.answer = ({ path, body }) => {
    if (path === "/me/password") return new Response(null, { status: 204 });
    return path === "/me/email" ? { ...ME, email: String(body.email) } : undefined;
  };
  const { session, security, close } = await signIn(server);
  await security.changePassword("old one", "new one");
  const change = { email: "new@example.org", code: "123456", password: "new one" };
  await security.changeEmail(change);
  assert.deepEqual(server.requests.map(({ path, body }) => [path, body]), [
    ["/me/password", { current: "old one", password: "new one" }],
    ["/me/email", change],
  ]);
  const state = session.state();
  assert.equal(state.name === "signed-in" && state.me.email, "new@example.org");
  close();
});

Deno.test("Security keeps who is told that the password is wrong signed in", async () => {
  const server = createFakeServer();
  server.answer = ({ path }) =>
    path.startsWith("/me/") ? Response.json({ code: "credentials" }, { status: 401 }) : undefined;
  const { session, security, close } = await signIn(server);
  await assert.rejects(security.changePassword("wrong", "new one"), { code: "credentials" });
  await assert.rejects(security.deleteAccount("wrong"), { code: "credentials" });
  assert.equal(session.state().name, "signed-in");
  close();
});

for (const first of ["the answer", "the news that the session is over"]) {
  Deno.test(`Security says when the account is deleted where ${first} comes first`, async () => {
    const server = createFakeServer();
    server.answer = async ({ path }) => {
      if (path !== "/me/deletion") return undefined;
      if (first !== "the answer") {
        server.tell({ type: "session.ended", reason: "deleting" });
        server.close(4201);
        await settle();
      }
      return Response.json({ deletesAt: AT }, { status: 202 });
    };
    const { session, security, close } = await signIn(server);
    assert.equal(await security.deleteAccount("password"), AT);
    assert.deepEqual(session.state(), { name: "signed-out", deletesAt: AT });
    close();
  });
}

Deno.test("Client says why the server ended the session, and not why it ended an earlier one", async () => {
  const server = createFakeServer();
  const client = await signIn(server);
  server.tell({ type: "session.ended", reason: "ended elsewhere" });
  server.close(4201);
  assert.deepEqual(client.session.state(), {
    ...{ name: "signed-out", reason: "revoked", because: "ended elsewhere" },
  });
  await client.session.signIn("ann", "password");
  await settle();
  server.close(4201);
  assert.deepEqual(client.session.state(), { name: "signed-out", reason: "revoked" });
  client.close();
});

for (const first of ["a request is refused", "the page only asks whether there is a session"]) {
  Deno.test(`Client says why the session ended where ${first} before the news comes`, async () => {
    const server = createFakeServer();
    const { fetch, openWire } = server;
    const client = createClient({
      ...{ origin: "http://server", credentials: "cookie", fetch, openWire },
      timers: createFakeTimers(),
    });
    let because: string | undefined = "refresh-token-reused";
    const refusing = ({ path }: { path: string }) =>
      path === "/sessions"
        ? undefined
        : Response.json({ code: "unauthenticated", because }, { status: 401 });
    if (first === "a request is refused") {
      await client.session.signIn("ann", "password");
      await settle();
      server.answer = refusing;
      await assert.rejects(client.security.events(), { code: "unauthenticated" });
    } else {
      server.answer = refusing;
      await client.session.resume();
    }
    assert.deepEqual(client.session.state(), {
      ...{ name: "signed-out", reason: "revoked", because: "refresh-token-reused" },
    });

    // Nobody ended the next one: it expired.
    server.answer = () => undefined;
    await client.session.signIn("ann", "password");
    await settle();
    because = undefined;
    server.answer = refusing;
    await assert.rejects(client.security.events(), { code: "unauthenticated" });
    assert.deepEqual(client.session.state(), { name: "signed-out", reason: "expired" });
    client.close();
  });
}

Deno.test("Client resets a password for who is not signed in", async () => {
  const server = createFakeServer();
  server.answer = () => new Response(null, { status: 204 });
  const { fetch, openWire } = server;
  const client = createClient({
    ...{ origin: "http://server", credentials: "body", fetch, openWire },
    timers: createFakeTimers(),
  });
  const reset = { email: "ann@example.org", code: "123456", password: "new one" };
  await client.session.resetPassword(reset);
  const [{ method, path, body } = {}] = server.requests;
  assert.deepEqual([method, path, body], ["POST", "/password-resets", reset]);
});
