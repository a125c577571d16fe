import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { newId } from "../../lib/ids.ts";
import { type ChatClient, connectChat, isType, takeTicket } from "../support/chat_client.ts";
import { eventually, within } from "../support/deadline.ts";
import { OPCODE, openRaw, rawFrame, upgradeRequest } from "../support/raw_socket.ts";
import { testWithServer } from "../support/shared_server.ts";
import { type Answer, befriend, PASSWORD, signUp } from "../support/api_server.ts";

function cookieOf({ headers }: Answer): string {
  return (headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

testWithServer("sessions signs in by username or e-mail, in any case", async (server) => {
  const { name, email, id } = await signUp(server);
  for (const login of [name, email, name.toUpperCase(), ` ${email.toUpperCase()} `]) {
    const { status, body } = await server.call("POST", "/sessions", {
      body: { login, password: PASSWORD },
    });
    assert.deepEqual([status, String(body.user?.id)], [201, id], login);
  }
});

testWithServer("sessions answers a wrong password and an unknown name alike", async (server) => {
  const { name } = await signUp(server);
  const attempts = [[name, "wrong password"], ["nobody_at_all", PASSWORD], [name, `${PASSWORD} `]];
  const answers = await Promise.all(
    attempts.map(([login, password]) =>
      server.call("POST", "/sessions", { body: { login, password } })
    ),
  );
  for (const { status, body } of answers) {
    assert.deepEqual([status, String(body.code)], [401, "credentials"]);
    assert.deepEqual(body, answers[0]?.body);
  }
});

testWithServer("sessions rotates a refresh token in the body", async (server) => {
  const { grant } = await signUp(server);
  const refresh = (refreshToken: unknown) =>
    server.call("POST", "/sessions/refresh", { body: { refreshToken } });
  const first = await refresh(grant.refreshToken);
  assert.equal(first.status, 200);
  assert.notEqual(first.body.refreshToken, grant.refreshToken);
  assert.equal(String(first.body.session), grant.session);
  assert.equal(first.headers.get("set-cookie"), null);
  // Two tabs raced: the loser gets what the winner has.
  const second = await refresh(grant.refreshToken);
  assert.equal(second.status, 200);
  assert.equal(second.body.refreshToken, first.body.refreshToken);
  const me = await server.call("GET", "/me", { token: String(second.body.accessToken) });
  assert.equal(me.status, 200);
});

testWithServer("sessions ends the family when an old refresh token comes back", async (server) => {
  const person = await signUp(server);
  await using chat = await connectChat(server, person);
  const { grant } = person;
  const refresh = (refreshToken: unknown) =>
    server.call("POST", "/sessions/refresh", { body: { refreshToken } });
  const { body: { refreshToken: newest } } = await refresh(grant.refreshToken);
  await server.database.sql`
    update sessions set rotations = array[now() - interval '11 seconds'] where id = ${grant.session}`;
  const reused = await refresh(grant.refreshToken);
  assert.deepEqual([reused.status, String(reused.body.code)], [401, "unauthenticated"]);
  assert.equal((await refresh(newest)).status, 401);
  assert.equal((await person.call("POST", "/tickets", {})).status, 401);
  assert.equal((await within(chat.closed, "the socket's end")).code, 4201);
});

testWithServer(
  "sessions keeps the refresh token in a strict cookie where it is asked to",
  async (server) => {
    const { name } = await signUp(server);
    const signedIn = await server.call("POST", "/sessions", {
      body: { login: name, password: PASSWORD, transport: "cookie" },
    });
    assert.equal(signedIn.body.refreshToken, undefined);
    const attributes = signedIn.headers.get("set-cookie") ?? "";
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="]) {
      assert.ok(attributes.includes(part), `${part} in ${attributes}`);
    }
    const refresh = (cookie: string, origin = server.origin) =>
      server.call("POST", "/sessions/refresh", { body: {}, headers: { cookie, origin } });
    const refreshed = await refresh(cookieOf(signedIn));
    assert.equal(refreshed.status, 200);
    assert.equal(refreshed.body.refreshToken, undefined);
    assert.notEqual(cookieOf(refreshed), cookieOf(signedIn));
    assert.equal((await refresh(cookieOf(refreshed), "https://evil.example")).status, 403);
    assert.equal((await refresh(cookieOf(refreshed))).status, 200);
    assert.equal((await refresh("")).status, 401);
  },
);

testWithServer("sessions makes the cookie a __Host- one over https", async (server) => {
  const { name } = await signUp(server);
  const headers = { origin: `https://127.0.0.1:${server.port}` };
  const signedIn = await server.call("POST", "/sessions", {
    body: { login: name, password: PASSWORD, transport: "cookie" },
    headers,
  });
  const attributes = signedIn.headers.get("set-cookie") ?? "";
  assert.match(attributes, /^__Host-[^;]+; /);
  for (const part of ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"]) {
    assert.ok(attributes.includes(part), attributes);
  }
  assert.ok(!/domain=/i.test(attributes));
  const refreshed = await server.call("POST", "/sessions/refresh", {
    body: {},
    headers: { ...headers, cookie: cookieOf(signedIn) },
  });
  assert.equal(refreshed.status, 200);
});

testWithServer("sessions drops the cookie of a session that has ended", async (server) => {
  const { name } = await signUp(server);
  const signedIn = await server.call("POST", "/sessions", {
    body: { login: name, password: PASSWORD, transport: "cookie" },
  });
  const token = String(signedIn.body.accessToken);
  const signedOut = await server.call("DELETE", "/sessions/current", { token });
  assert.equal(signedOut.status, 204);
  assert.match(signedOut.headers.get("set-cookie") ?? "", /Max-Age=0/);
  const refreshed = await server.call("POST", "/sessions/refresh", {
    body: {},
    headers: { cookie: cookieOf(signedIn) },
  });
  assert.equal(refreshed.status, 401);
  assert.match(refreshed.headers.get("set-cookie") ?? "", /Max-Age=0/);
});

testWithServer(
  "sessions closes the sockets of the session that signs out, and no others",
  async (server) => {
    const person = await signUp(server);
    const { body } = await server.call("POST", "/sessions", {
      body: { login: person.name, password: PASSWORD },
    });
    const token = String(body.accessToken);
    const elsewhere = {
      ...person,
      call: (method: string, path: string, given?: unknown) =>
        server.call(method, path, { token, body: given }),
    };
    await using one = await connectChat(server, person);
    await using two = await connectChat(server, person);
    await using other: ChatClient = await connectChat(server, elsewhere);
    assert.equal((await person.call("DELETE", "/sessions/current")).status, 204);
    for (const chat of [one, two]) {
      assert.equal((await within(chat.closed, "the socket's end")).code, 4201);
      assert.ok(isType(chat.frames.at(-1) ?? {}, "session.ended"));
    }
    assert.ok(isType(await other.ask<"ping">({ type: "ping" }), "pong"));
    assert.equal((await person.call("POST", "/tickets", {})).status, 401);
    assert.equal((await elsewhere.call("POST", "/tickets", {})).status, 201);
  },
);

testWithServer("sessions takes nothing from a socket whose session has ended", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const conversation = await befriend(ann, ben);
  const ticket = await takeTicket(ann);
  // A client that does not take part in the closing handshake and goes on talking.
  using raw = await openRaw(
    server.port,
    upgradeRequest("/api/v1/chat", { "Authorization": `Bearer ${ticket}` }),
  );
  assert.equal((await raw.answer()).status, 101);
  await raw.frame();
  await server.database.sql`
    update sessions set ended_at = clock_timestamp() where id = ${ann.grant.session}`;
  for (let frame = await raw.frame(); frame?.opcode !== OPCODE.close; frame = await raw.frame()) {
    assert.ok(frame);
  }
  const late = { conversation, clientId: newId(), kind: "text", text: "said after the end" };
  await raw.write(rawFrame(OPCODE.text, JSON.stringify({ type: "message.send", ref: 1, ...late })));
  await new Promise((resolve) => setTimeout(resolve, 200));
  // The first message says that the two are contacts.
  const { body } = await ben.call("GET", `/conversations/${conversation}/messages?after=1`);
  assert.deepEqual(body.messages, []);
});

testWithServer(
  "sessions ends what the database says has ended, though nobody told",
  async (server) => {
    const person = await signUp(server);
    await using chat = await connectChat(server, person);
    await server.database.sql`
    update sessions set ended_at = clock_timestamp() where id = ${person.grant.session}`;
    assert.equal((await within(chat.closed, "the socket's end")).code, 4201);
  },
);

testWithServer(
  "sessions keeps no socket whose session ended while it connected",
  async (server) => {
    const person = await signUp(server);
    const ticket = await takeTicket(person);
    await server.database.sql`
    update sessions set ended_at = clock_timestamp() where id = ${person.grant.session}`;
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/chat`, [
      "parley.v1",
      `ticket.${ticket}`,
    ]);
    let refused = "";
    socket.on("error", (error) => refused = error.message);
    await eventually(() => socket.readyState === WebSocket.CLOSED, "the refusal");
    assert.match(refused, /401/);
  },
);

testWithServer("sessions sees an end on every request within five seconds", async (server) => {
  const { grant, call } = await signUp(server);
  await server.database.sql`
    update sessions set ended_at = clock_timestamp() where id = ${grant.session}`;
  assert.equal((await call("POST", "/tickets", {})).status, 401);
  // Asking for a ticket has told this node.
  assert.equal((await call("GET", "/me")).status, 401);
});

for (const authorization of ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "Bearer a.b.c"]) {
  testWithServer(`signedIn refuses the header "${authorization}"`, async (server) => {
    const { status, body } = await server.call("GET", "/me", { headers: { authorization } });
    assert.deepEqual([status, String(body.code)], [401, "unauthenticated"]);
  });
}
