import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import type { SecurityEvent, SessionEntry, SessionGrant } from "../../lib/protocol/model.ts";
import { connectChat, isType } from "../support/chat_client.ts";
import { eventually, SESSION_ENDS_WITHIN, within } from "../support/deadline.ts";
import { type Answer, PASSWORD, type Person, signUp } from "../support/api_server.ts";
import type { TestServer } from "../support/api_server.ts";
import { testWithServer } from "../support/shared_server.ts";

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** The same person on another device. */
async function signInOn(
  server: TestServer,
  { name }: Person,
  device: { says?: string; headers?: Record<string, string> },
) {
  const { status, body } = await server.call("POST", "/sessions", {
    body: { login: name, password: PASSWORD, ...(device.says && { device: device.says }) },
    ...(device.headers && { headers: device.headers }),
  });
  assert.equal(status, 201);
  const grant = body as unknown as SessionGrant;
  const call = (method: string, path: string, given?: unknown): Promise<Answer> =>
    server.call(method, path, {
      token: grant.accessToken,
      ...(given !== undefined && { body: given }),
    });
  return { grant, call };
}

async function list({ call }: Pick<Person, "call">): Promise<SessionEntry[]> {
  const { status, body } = await call("GET", "/sessions");
  assert.equal(status, 200);
  return body.sessions as unknown as SessionEntry[];
}

async function events({ call }: Pick<Person, "call">, query = ""): Promise<SecurityEvent[]> {
  const { status, body } = await call("GET", `/me/security-events${query}`);
  assert.equal(status, 200);
  return body.events as unknown as SecurityEvent[];
}

testWithServer(
  "sessions are listed to their owner, by the names of their devices",
  async (server) => {
    const [ann, ben] = [await signUp(server), await signUp(server)];
    const firefox = await signInOn(server, ann, { headers: { "user-agent": FIREFOX } });
    const phone = await signInOn(server, ann, {
      says: "Ann's phone",
      headers: { "user-agent": FIREFOX },
    });
    const shown = await list(phone);
    const { headers } = await phone.call("GET", "/sessions");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.deepEqual(
      new Set(shown.map(({ id }) => id)),
      new Set([
        ann.grant.session,
        firefox.grant.session,
        phone.grant.session,
      ]),
    );
    assert.deepEqual(shown.map(({ current }) => current), [true, false, false]);
    const deviceOf = (session: string) => shown.find(({ id }) => id === session)?.device;
    assert.equal(deviceOf(phone.grant.session), "Ann's phone");
    assert.equal(deviceOf(firefox.grant.session), "Firefox on Windows");
    for (const { ip } of shown) assert.equal(ip, "127.0.0.1");
    assert.deepEqual((await list(ben)).map(({ id }) => id), [ben.grant.session]);
    // What ended or expired is a session no more.
    const expire = (session: string) =>
      server.database.sql`update sessions set expires_at = now() where id = ${session}`;
    assert.equal((await firefox.call("DELETE", "/sessions/current")).status, 204);
    await expire(ann.grant.session);
    assert.deepEqual((await list(phone)).map(({ id }) => id), [phone.grant.session]);
  },
);

testWithServer("sessions says when and from where one was refreshed last", async (server) => {
  const ann = await signUp(server);
  await server.database.sql`update sessions set ip = '192.0.2.7',
    last_used_at = now() - interval '1 day' where id = ${ann.grant.session}`;
  const [before] = await list(ann);
  assert.equal(before?.ip, "192.0.2.7");
  const { refreshToken } = ann.grant;
  await server.call("POST", "/sessions/refresh", { body: { refreshToken } });
  const [after] = await list(ann);
  assert.equal(after?.ip, "127.0.0.1");
  assert.equal(after?.createdAt, before?.createdAt);
  assert.ok(after !== undefined && before !== undefined && after.lastUsedAt > before.lastUsedAt);
});

testWithServer("sessions ends one by its id: its sockets, tickets and tokens", async (server) => {
  const ann = await signUp(server);
  const other = await signInOn(server, ann, {});
  await using here = await connectChat(server, ann);
  await using there = await connectChat(server, other);
  const path = `/sessions/${other.grant.session}`;
  assert.equal((await ann.call("DELETE", path)).status, 204);
  assert.equal((await within(there.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
  const last = there.frames.at(-1);
  assert.ok(last !== undefined && isType(last, "session.ended"));
  assert.equal((await other.call("POST", "/tickets", {})).status, 401);
  const { refreshToken } = other.grant;
  assert.equal(
    (await server.call("POST", "/sessions/refresh", { body: { refreshToken } })).status,
    401,
  );
  assert.ok(isType(await here.ask<"ping">({ type: "ping" }), "pong"));
  // A second time there is nothing any more.
  assert.equal((await ann.call("DELETE", path)).status, 404);
  // The current one by its id is a sign-out.
  assert.equal((await ann.call("DELETE", `/sessions/${ann.grant.session}`)).status, 204);
  assert.equal((await within(here.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
});

testWithServer(
  "sessions says of somebody else's what it says of none, and lets it be",
  async (server) => {
    const [ann, ben] = [await signUp(server), await signUp(server)];
    const answers = await Promise.all(
      [ben.grant.session, newId(), "not-an-id"].map((id) => ann.call("DELETE", `/sessions/${id}`)),
    );
    for (const { status, body, headers } of answers) {
      assert.equal(status, 404);
      assert.deepEqual(body, answers[0]?.body);
      const named = [...headers].filter(([name]) => name !== "date" && name !== "x-request-id");
      assert.deepEqual(
        named.map(([name]) => name),
        [...(answers[0]?.headers ?? [])]
          .map(([name]) => name).filter((name) => name !== "date" && name !== "x-request-id"),
      );
    }
    assert.equal((await ben.call("POST", "/tickets", {})).status, 201);
    assert.deepEqual((await events(ben)).map(({ type }) => type), ["account-created"]);
  },
);

testWithServer("sessions ends all others at once, and nobody else's", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const others = [await signInOn(server, ann, {}), await signInOn(server, ann, {})];
  await using stays = await connectChat(server, ann);
  await using goes = await connectChat(server, others[0] ?? ann);
  assert.equal((await ann.call("DELETE", "/sessions/others")).status, 204);
  assert.equal((await within(goes.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
  for (const { call } of others) assert.equal((await call("POST", "/tickets", {})).status, 401);
  for (const { call } of [ann, ben]) {
    assert.equal((await call("POST", "/tickets", {})).status, 201);
  }
  assert.ok(isType(await stays.ask<"ping">({ type: "ping" }), "pong"));
  assert.deepEqual((await list(ann)).map(({ id }) => id), [ann.grant.session]);
  // There was nothing to end the second time, and nothing to tell of.
  assert.equal((await ann.call("DELETE", "/sessions/others")).status, 204);
  const ended = (await events(ann)).filter(({ type }) => type === "other-sessions-ended");
  assert.equal(ended.length, 1);
});

testWithServer(
  "sessions ends the one used before a hundred others, sockets too",
  async (server) => {
    const ann = await signUp(server);
    const oldest = await signInOn(server, ann, {});
    await using goes = await connectChat(server, oldest);
    await using stays = await connectChat(server, ann);
    await server.database.sql`update sessions set last_used_at = last_used_at - interval '1 day'
    where id = ${oldest.grant.session}`;
    await server.database.sql`
    insert into sessions (id, user_id, expires_at, ends_at)
    select gen_random_uuid(), ${ann.id}::uuid, now() + interval '1 day', now() + interval '1 day'
    from generate_series(1, 98)`;
    assert.equal((await oldest.call("POST", "/tickets", {})).status, 201);
    await server.database.sql`update sessions set last_used_at = now()
    where id = ${ann.grant.session}`;
    await signInOn(server, ann, {});
    assert.equal((await within(goes.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
    assert.equal((await oldest.call("POST", "/tickets", {})).status, 401);
    assert.equal((await list(ann)).length, 100);
    assert.ok(isType(await stays.ask<"ping">({ type: "ping" }), "pong"));
  },
);

testWithServer(
  "sessions: whoever was thrown out a moment ago throws nobody else out",
  async (server) => {
    const ann = await signUp(server);
    const thief = await signInOn(server, ann, {});
    // This node has just seen the thief's session live, and takes it for live some seconds longer.
    assert.equal((await thief.call("GET", "/me")).status, 200);
    await server.database.sql`
    update sessions set ended_at = clock_timestamp() where id = ${thief.grant.session}`;
    assert.equal((await thief.call("DELETE", `/sessions/${ann.grant.session}`)).status, 401);
    assert.equal((await thief.call("DELETE", "/sessions/others")).status, 401);
    assert.equal((await ann.call("POST", "/tickets", {})).status, 201);
  },
);

testWithServer("security events tell the owner what happened, newest first", async (server) => {
  const [ann, ben] = [await signUp(server), await signUp(server)];
  const other = await signInOn(server, ann, { headers: { "user-agent": FIREFOX } });
  const third = await signInOn(server, ann, { says: "Ann's phone" });
  const wrong = { login: ann.name, password: "not her password", device: "call 555-0100 at once" };
  const headers = { "user-agent": FIREFOX };
  for (let again = 0; again < 3; again++) {
    assert.equal((await server.call("POST", "/sessions", { body: wrong, headers })).status, 401);
  }
  // The answer did not wait for it.
  await eventually(
    async () => (await events(ann))[0]?.type === "sign-in-failed",
    "the failed sign-in is noted",
  );
  await ann.call("DELETE", `/sessions/${other.grant.session}`);
  await third.call("DELETE", "/sessions/current");
  const seen = await events(ann);
  assert.deepEqual(seen.map(({ type, device, session }) => [type, device, session]), [
    ["signed-out", "Ann's phone", third.grant.session],
    ["session-ended", "Firefox on Windows", other.grant.session],
    // Whoever does not know the password says nothing to the owner.
    ["sign-in-failed", "Firefox on Windows", null],
    ["signed-in", "Ann's phone", third.grant.session],
    ["signed-in", "Firefox on Windows", other.grant.session],
    ["account-created", seen.at(-1)?.device, ann.grant.session],
  ]);
  for (const { ip } of seen) assert.equal(ip, "127.0.0.1");
  const { body } = await ann.call("GET", "/me/security-events?limit=4");
  assert.deepEqual(body.events, seen.slice(0, 4));
  assert.equal(String(body.next), seen[3]?.id);
  assert.deepEqual(await events(ann, `?limit=4&before=${String(body.next)}`), seen.slice(4));
  assert.deepEqual((await events(ben)).map(({ type }) => type), ["account-created"]);
  for (const device of ["two\nlines", "\u202eenohp s'nnA"]) {
    const body = { login: ann.name, password: PASSWORD, device };
    assert.equal((await server.call("POST", "/sessions", { body })).status, 422, device);
  }
  for (const query of ["?limit=0", "?limit=201", "?before=x", "?user=me"]) {
    assert.equal((await ann.call("GET", `/me/security-events${query}`)).status, 422, query);
  }
});
