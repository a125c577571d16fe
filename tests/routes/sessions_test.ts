import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { newId } from "../../lib/ids.ts";
import { type ChatClient, connectChat, isType, takeTicket } from "../support/chat_client.ts";
import { eventually, SESSION_ENDS_WITHIN, within } from "../support/deadline.ts";
import { OPCODE, openRaw, rawFrame, upgradeRequest } from "../support/raw_socket.ts";
import { testWithServer } from "../support/shared_server.ts";
import { type Answer, befriend, PASSWORD, signUp } from "../support/api_server.ts";
import type { TestServer } from "../support/api_server.ts";
import type { SecurityEvent } from "../../lib/protocol/model.ts";

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

/** How a client keeps its refresh token, and gets another one for it. */
const transports = {
  body: {
    first: ({ body }: Answer) => String(body.refreshToken),
    ask: (refreshToken: string) => ({ body: { refreshToken } }),
  },
  cookie: {
    first: cookieOf,
    ask: (cookie: string) => ({ body: {}, headers: { cookie } }),
  },
};
for (const [transport, { first, ask }] of Object.entries(transports)) {
  const begin = async (server: TestServer) => {
    const person = await signUp(server);
    const signedIn = await server.call("POST", "/sessions", {
      body: { login: person.name, password: PASSWORD, transport },
    });
    const session = String(signedIn.body.session);
    const call = (method: string, path: string, body?: unknown) =>
      server.call(method, path, { token: String(signedIn.body.accessToken), body });
    const refresh = (token: string) => server.call("POST", "/sessions/refresh", ask(token));
    return { person, session, call, token: first(signedIn), refresh };
  };

  testWithServer(`sessions lets racing tabs stay signed in, by ${transport}`, async (server) => {
    const { session, token, refresh } = await begin(server);
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(token)));
    for (const answer of answers) {
      assert.deepEqual([answer.status, String(answer.body.session)], [200, session]);
      // All hold the same one now, and go on with it.
      assert.equal(first(answer), first(answers[0] ?? answer));
    }
    assert.notEqual(first(answers[0] as Answer), token);
    assert.equal((await refresh(first(answers[0] as Answer))).status, 200);
  });

  testWithServer(
    `sessions ends the family when an old refresh token comes back, by ${transport}`,
    async (server) => {
      const { person, session, call, token, refresh } = await begin(server);
      await using chat = await connectChat(server, { call });
      const newest = first(await refresh(token));
      await server.database.sql`
        update sessions set rotations = array[now() - interval '11 seconds'] where id = ${session}`;
      // Also where both sides come at once it is one theft.
      const reused = await Promise.all([refresh(token), refresh(token)]);
      for (const { status, body, headers } of reused) {
        assert.deepEqual([status, String(body.code)], [401, "unauthenticated"]);
        assert.equal(String(body.because), "refresh-token-reused");
        assert.equal(/Max-Age=0/.test(headers.get("set-cookie") ?? ""), transport === "cookie");
      }
      const late = await refresh(newest);
      assert.deepEqual([late.status, String(late.body.because)], [401, "refresh-token-reused"]);
      // Only who holds a token of this session learns it.
      assert.equal((await refresh(`${newest.slice(0, -4)}AAAA`)).body.because, undefined);
      assert.equal((await call("POST", "/tickets", {})).status, 401);
      assert.equal((await within(chat.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
      // The person's other session goes on, and its owner can read of it, and gets one mail.
      const { body: { events } } = await person.call("GET", "/me/security-events");
      const thefts = (events as unknown as SecurityEvent[])
        .filter(({ type }) => type === "refresh-token-reused");
      assert.deepEqual(thefts.map((event) => [event.session, event.ip]), [[session, "127.0.0.1"]]);
      const mails = async () =>
        (await server.call("GET", `/dev/mailbox?to=${person.email}`)).body.mails?.length;
      await eventually(async () => await mails() === 2, "the mail beside that with the code");
    },
  );

  testWithServer(
    `sessions ends a family 90 days after its beginning, however often it is renewed, by ${transport}`,
    async (server) => {
      const { session, token, refresh } = await begin(server);
      const age = (interval: string) =>
        server.database.sql`update sessions set created_at = created_at - ${interval}::interval,
          ends_at = ends_at - ${interval}::interval where id = ${session}`;
      await age("89 days 23 hours");
      const renewed = await refresh(token);
      assert.equal(renewed.status, 200);
      assert.ok(Number(renewed.body.refreshExpiresIn) <= 3_600);
      await age("1 hour");
      await server.database.sql`
        update sessions set expires_at = least(expires_at, ends_at) where id = ${session}`;
      const over = await refresh(first(renewed));
      assert.deepEqual([over.status, over.body.because], [401, undefined]);
    },
  );
}

testWithServer("sessions lets a foreign page renew nothing by the cookie", async (server) => {
  const { name } = await signUp(server);
  const signedIn = await server.call("POST", "/sessions", {
    body: { login: name, password: PASSWORD, transport: "cookie" },
  });
  const cookie = cookieOf(signedIn);
  const post = async (headers: Record<string, string>, body = "{}") => {
    const answer = await fetch(`${server.origin}/api/v1/sessions/refresh`, {
      method: "POST",
      // Without a type, and not the one that text would get by itself.
      body: new TextEncoder().encode(body),
      headers: { cookie, ...headers },
    });
    await answer.body?.cancel();
    assert.equal(answer.headers.has("set-cookie"), answer.status === 200);
    return answer.status;
  };
  const json = { "content-type": "application/json" };
  for (const origin of ["https://evil.example", "null", `${server.origin}0`]) {
    assert.equal(await post({ ...json, origin }), 403, origin);
  }
  // A browser that leaves the origin out says at least whose page it is.
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(await post({ ...json, "sec-fetch-site": site }), 403, site);
  }
  // What a form can send, or a page without asking first.
  const simple = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
  for (const type of simple) {
    assert.equal(await post({ "content-type": type }), 415, type);
    assert.equal(await post({ "content-type": type, origin: server.origin }), 415, type);
  }
  assert.equal(await post({}), 415);
  for (const site of ["same-origin", "none"]) {
    assert.equal(await post({ ...json, "sec-fetch-site": site }), 200, site);
  }
  // An origin that may says more than the browser's view of the site.
  const allowed = { origin: server.origin, "sec-fetch-site": "cross-site" };
  assert.equal(await post({ ...json, ...allowed }), 200);
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
  // Whoever leaves the origin out has the same cookie, gets another one as strict, and can drop it.
  const again = await server.call("POST", "/sessions/refresh", {
    body: {},
    headers: { cookie: cookieOf(refreshed) },
  });
  assert.equal(again.status, 200);
  assert.match(again.headers.get("set-cookie") ?? "", /^__Host-parley-refresh=[^;]+;.* Secure/);
  const cookie = cookieOf(again);
  // One without the prefix may be anybody's doing: over https it opens nothing.
  const bare = cookie.replace("__Host-", "");
  const planted = await server.call("POST", "/sessions/refresh", {
    body: {},
    headers: { ...headers, cookie: bare },
  });
  assert.equal(planted.status, 401);
  const signedOut = await server.call("DELETE", "/sessions/current", {
    token: String(again.body.accessToken),
    headers: { cookie },
  });
  assert.match(signedOut.headers.get("set-cookie") ?? "", /^__Host-parley-refresh=;.*Max-Age=0/);
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
      assert.equal((await within(chat.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
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
    assert.equal((await within(chat.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
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
