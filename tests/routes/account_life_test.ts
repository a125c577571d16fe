/** An account's address, its end, and an operator who shuts it. */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import {
  type Answer,
  befriend,
  newName,
  PASSWORD,
  type Person,
  readCode,
  signUp,
  startTestServer,
  type TestServer,
} from "../support/api_server.ts";
import { type ChatClient, connectChat } from "../support/chat_client.ts";
import { eventually, SESSION_ENDS_WITHIN, within } from "../support/deadline.ts";
import { testWithServer } from "../support/shared_server.ts";
import { startTestServer as startAnotherServer } from "../support/test_server.ts";

async function signIn(server: TestServer, login: string): Promise<Answer> {
  return await server.call("POST", "/sessions", { body: { login, password: PASSWORD } });
}

async function eventsOf(server: TestServer, { id }: Person): Promise<string[]> {
  const rows = await server.database.sql<{ type: string }[]>`
    select type from security_events where user_id = ${id} order by id`;
  return rows.map(({ type }) => type);
}

async function noticesTo(server: TestServer, email: string): Promise<string[]> {
  const { body } = await server.call("GET", `/dev/mailbox?to=${encodeURIComponent(email)}`);
  const mails = body.mails as unknown as { subject: string; code?: string }[];
  return mails.filter(({ code }) => code === undefined).map(({ subject }) => subject);
}

async function heardBy(server: TestServer, email: string): Promise<void> {
  await eventually(
    async () => (await noticesTo(server, email)).length > 0,
    `a notice to ${email}`,
  );
}

const outcome = ({ status, body }: Answer) => [status, String(body.code)];

async function askChange(server: TestServer, email: string): Promise<string> {
  const body = { email, purpose: "change-email" };
  assert.equal((await server.call("POST", "/verification-codes", { body })).status, 202);
  return await readCode(server, email);
}

testWithServer(
  "a change of the address asks for the password and for a code of that address, and tells both",
  async (server) => {
    const person = await signUp(server);
    const email = `${newName()}@example.org`;
    const code = await askChange(server, email);
    const change = (over: object = {}) =>
      person.call("POST", "/me/email", { email, code, password: PASSWORD, ...over });
    assert.deepEqual(outcome(await change({ password: "a wrong one" })), [401, "credentials"]);
    const other = `${newName()}@example.org`;
    assert.deepEqual(outcome(await change({ email: other })), [400, "code-expired"]);
    // A code is for what it was asked for.
    const wrongPurpose = { email, code, username: newName(), password: PASSWORD };
    assert.deepEqual(
      outcome(await server.call("POST", "/accounts", { body: wrongPurpose })),
      [400, "code-expired"],
    );
    const { status, body } = await change({ email: ` ${email.toUpperCase()} ` });
    assert.deepEqual([status, String(body.email), String(body.id)], [200, email, person.id]);
    assert.deepEqual(outcome(await change()), [400, "code-expired"]);
    assert.equal((await signIn(server, email)).status, 201);
    assert.equal((await signIn(server, person.email)).status, 401);
    await heardBy(server, email);
    await heardBy(server, person.email);
    assert.ok((await eventsOf(server, person)).includes("email-changed"));
  },
);

testWithServer(
  "notices are in the language of the latest sign-in, whoever causes them",
  async (server) => {
    const person = await signUp(server);
    const login = person.name;
    // No mail went there that has another code in it.
    const email = `${newName()}@example.org`;
    await server.database.sql`update users set email = ${email} where id = ${person.id}`;
    const [english, chinese] = [{ "accept-language": "en-GB" }, { "accept-language": "zh-CN" }];
    await server.call("POST", "/sessions", {
      body: { login, password: PASSWORD },
      headers: english,
    });
    // A program that names no language changes nothing.
    await server.call("POST", "/sessions", { body: { login, password: PASSWORD } });
    const purpose = "reset-password";
    await server.call("POST", "/verification-codes", { body: { email, purpose } });
    const code = await readCode(server, email);
    const password = "another horse battery";
    const reset = { body: { email, code, password }, headers: chinese };
    assert.equal((await server.call("POST", "/password-resets", reset)).status, 204);
    const hears = (subject: string) =>
      eventually(async () => (await noticesTo(server, email)).includes(subject), subject);
    await hears("Your Parley password was reset");

    const signIn = { body: { login, password }, headers: chinese };
    const grant = await server.call("POST", "/sessions", signIn);
    const changed = await server.call("POST", "/me/password", {
      token: String(grant.body.accessToken),
      body: { current: password, password: PASSWORD },
      headers: english,
    });
    assert.equal(changed.status, 204);
    await hears("你的 Parley 密码已修改");
  },
);

testWithServer(
  "an address that is taken is told as such only to who reads its mail",
  async (server) => {
    const [person, other] = [await signUp(server), await signUp(server)];
    const email = `${newName()}@example.org`;
    const code = await askChange(server, email);
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    await server.database.sql`update users set email = ${email} where id = ${other.id}`;
    const change = (given: string) =>
      person.call("POST", "/me/email", { email, code: given, password: PASSWORD });
    assert.deepEqual(outcome(await change(wrong)), [400, "code-wrong"]);
    const refused = await change(code);
    assert.deepEqual(outcome(refused), [409, "conflict"]);
    assert.equal(String(refused.body.errors?.[0]?.path), "email");
    assert.equal((await signIn(server, person.email)).status, 201);
  },
);

testWithServer(
  "asking for an account's end takes the password, ends every session, and signing in calls it off",
  async (server) => {
    const person = await signUp(server);
    await using chat = await connectChat(server, person);
    const ask = (password: string) => person.call("POST", "/me/deletion", { password });
    assert.deepEqual(outcome(await ask("a wrong one")), [401, "credentials"]);
    const { status, body } = await ask(PASSWORD);
    assert.equal(status, 202);
    const days = (Date.parse(String(body.deletesAt)) - Date.now()) / 86_400_000;
    assert.ok(days > 13.9 && days < 14.1, `${days} days`);
    assert.equal((await within(chat.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
    assert.equal((await person.call("POST", "/tickets", {})).status, 401);
    await heardBy(server, person.email);
    const other = await signUp(server);
    const found = await other.call("GET", `/users/${person.id}`);
    assert.deepEqual([found.body.username, found.body.deleted], [person.name, undefined]);

    const grant = await signIn(server, person.name);
    assert.equal(grant.status, 201);
    const events = await eventsOf(server, person);
    assert.deepEqual(events.slice(-3), ["deletion-asked", "deletion-called-off", "signed-in"]);
    await eventually(
      async () => new Set(await noticesTo(server, person.email)).size === 2,
      "a second notice",
    );
    const [row] = await server.database.sql`
      select from users where id = ${person.id} and deletes_at is null`;
    assert.ok(row);
    // Once the time is over nothing calls it off.
    await makeDue(server, person);
    assert.deepEqual(outcome(await signIn(server, person.name)), [401, "credentials"]);
  },
);

async function makeDue(server: TestServer, ...people: Person[]): Promise<void> {
  for (const { id } of people) {
    await server.database.sql`
      update users set deletes_at = clock_timestamp() - interval '1 second' where id = ${id}`;
  }
}

async function untilDeleted(server: TestServer, ...people: Person[]): Promise<void> {
  await eventually(
    async () => {
      for (const { id } of people) {
        const [left] = await server.database.sql`
          select from users u where id = ${id} and (deleted_at is null or exists (
            select from members m join conversations c on c.id = m.conversation_id
            where m.user_id = u.id and c.kind = 'group'))`;
        if (left !== undefined) return false;
      }
      return true;
    },
    "the deletion",
    15_000,
  );
}

function say(chat: ChatClient, conversation: string) {
  const clientId = newId();
  return chat.ask<"message.send">({
    type: "message.send",
    conversation,
    clientId,
    kind: "text",
    text: "hello",
  });
}

testWithServer(
  "what people said stays when their account goes, and nothing else of them does",
  async (server) => {
    const [gone, friend, admin, member, asker] = [
      await signUp(server),
      await signUp(server),
      await signUp(server),
      await signUp(server),
      await signUp(server),
    ];
    const direct = await befriend(gone, friend);
    await befriend(gone, admin);
    await befriend(gone, member);
    const { body: { id: group } } = await gone.call("POST", "/conversations", {
      kind: "group",
      title: "Trip",
      members: [member.id, admin.id],
    });
    const groupId = String(group);
    await gone.call("PATCH", `/conversations/${groupId}/members/${admin.id}`, { role: "admin" });
    await gone.call("POST", `/conversations/${groupId}/invites`, {});
    const { body: { token } } = await gone.call("POST", "/me/invites", {});
    await gone.call("PATCH", "/me", { displayName: "Somebody", bio: "Lives here" });
    await gone.call("PATCH", `/conversations/${direct}/me`, { draft: "what I never said" });
    await asker.call("POST", "/contact-requests", { user: gone.id, greeting: "hi" });
    const stranger = await signUp(server);
    await gone.call("PUT", `/blocks/${stranger.id}`);
    {
      await using chat = await connectChat(server, gone);
      for (const place of [direct, groupId]) {
        assert.equal(String((await say(chat, place)).type), "ok");
      }
    }
    await using atFriend = await connectChat(server, friend);
    await using atAdmin = await connectChat(server, admin);
    assert.equal((await gone.call("POST", "/me/deletion", { password: PASSWORD })).status, 202);
    await makeDue(server, gone);
    // A gate looks when it starts, and here two of them do.
    await using _one = await startAnotherServer(server.database.share);
    await using _other = await startAnotherServer(server.database.share);
    await untilDeleted(server, gone);

    const shown = { username: `deleted-${gone.id}`, displayName: "", avatar: null, bio: "" };
    const user = { id: gone.id, ...shown, deleted: true };
    const read = await friend.call("GET", `/users/${gone.id}`);
    assert.deepEqual(read.body, { ...user, relation: "none" });
    // Those who knew this person hear of it.
    await atFriend.find(
      ({ type, change, user }) =>
        String(type) === "contact" && String(change) === "removed" && String(user?.id) === gone.id,
      "the contact's end",
    );
    await atFriend.find(
      ({ conversation }) => conversation?.peer?.deleted !== undefined,
      "whom the conversation is with",
    );
    const lists = await friend.call("GET", "/contacts");
    assert.deepEqual(lists.body.contacts, []);
    assert.deepEqual((await asker.call("GET", "/contacts")).body.outgoing, []);

    // The other one keeps the conversation, and cannot write there.
    const kept = await friend.call("GET", `/conversations/${direct}`);
    assert.deepEqual(kept.body.peer, user);
    const { body: { messages } } = await friend.call("GET", `/conversations/${direct}/messages`);
    const said = (messages as unknown as { text: string; sender: string }[])
      .filter(({ text }) => text === "hello");
    assert.deepEqual(said.map(({ sender }) => sender), [gone.id]);
    assert.equal(String((await say(atFriend, direct)).code), "not-contact");

    // The group goes to its admin, by the way that everybody leaves.
    const left = await admin.call("GET", `/conversations/${groupId}`);
    assert.deepEqual([left.body.role, left.body.memberCount], ["owner", 2]);
    const events: string[] = [];
    for (const type of ["left", "role"]) {
      const { message } = await atAdmin.find(
        ({ message }) =>
          String(message?.event?.type) === type && String(message?.event?.by) === gone.id,
        type,
      );
      events.push(String(message?.event?.users));
    }
    assert.deepEqual(events, [gone.id, admin.id]);
    assert.equal(String((await say(atAdmin, groupId)).type), "ok");
    const people = await member.call("GET", `/conversations/${groupId}`);
    assert.equal(people.body.members?.length, 2);

    // Nobody finds them, asks them, blocks them or follows their invitation.
    for (const query of [gone.name, gone.email, "Somebody", "deleted-", `deleted-${gone.id}`]) {
      const { body } = await friend.call("GET", `/users?query=${encodeURIComponent(query)}`);
      assert.deepEqual(body.users, [], query);
    }
    for (
      const answer of [
        await asker.call("POST", "/contact-requests", { user: gone.id }),
        await asker.call("PUT", `/blocks/${gone.id}`),
        await asker.call("GET", `/invites/${token}`),
        await asker.call("POST", `/invites/${token}/accept`),
      ]
    ) assert.deepEqual(outcome(answer), [404, "not-found"]);
    assert.equal(
      (await friend.call("POST", "/conversations", {
        kind: "group",
        title: "Another",
        members: [gone.id],
      })).status,
      403,
    );

    // Nobody signs in, and the names are free.
    for (const login of [gone.name, gone.email, `deleted-${gone.id}`]) {
      assert.deepEqual(outcome(await signIn(server, login)), [401, "credentials"]);
    }
    const again = await signUpAs(server, gone);
    assert.notEqual(again, gone.id);
    await holdsNothing(server, gone);
  },
);

/** With the same name and address. */
async function signUpAs(server: TestServer, { name, email }: Person): Promise<string> {
  await eventually(async () => {
    const body = { email, purpose: "register" };
    const { status } = await server.call("POST", "/verification-codes", { body });
    if (status === 202) return true;
    // An address waits a minute from one code to the next: another one is as good here.
    email = `${newName()}@example.org`;
    return false;
  }, "a code");
  const code = await readCode(server, email);
  const { status, body } = await server.call("POST", "/accounts", {
    body: { email, code, username: name, password: PASSWORD },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body.user?.id);
}

/** Looks through all tables that name people, those of later versions among them. */
async function holdsNothing(server: TestServer, { id, name, email }: Person): Promise<void> {
  const { sql } = server.database;
  const columns = await sql<{ table: string; column: string }[]>`
    select conrelid::regclass::text as table, a.attname as column
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
    where c.contype = 'f' and c.confrelid = 'users'::regclass`;
  assert.ok(columns.length > 8, `${columns.length} columns`);
  const places: string[] = [];
  for (const { table, column } of columns) {
    const rows = await sql.unsafe(`select from ${table} where ${column} = $1`, [id]);
    if (rows.length > 0) places.push(table);
  }
  assert.deepEqual(new Set(places), new Set(["direct_conversations", "members"]));
  const drafts = await sql`select from members where user_id = ${id} and draft <> ''`;
  assert.equal(drafts.length, 0);
  const [row] = await sql<{ text: string; passwordHash: string }[]>`
    select u::text as text, password_hash from users u where id = ${id}`;
  assert.equal(row?.passwordHash, "");
  for (const word of [name, email, "Somebody", "Lives"]) {
    assert.ok(!row?.text.includes(word), `${word} in ${row?.text}`);
  }
}

Deno.test("an operator shuts an account and opens it again, and nobody else does", async () => {
  const email = "operator@example.org";
  await using server = await startTestServer({ admins: new Set([email]) });
  const [operator, person, other] = [
    await signUp(server, "operator"),
    await signUp(server),
    await signUp(server),
  ];
  const direct = await befriend(person, other);
  const place = `/accounts/${person.id}/disabled`;
  for (const method of ["PUT", "DELETE"]) {
    assert.deepEqual(outcome(await other.call(method, place)), [403, "forbidden"]);
    assert.deepEqual(outcome(await person.call(method, place)), [403, "forbidden"]);
    const own = await operator.call(method, `/accounts/${operator.id}/disabled`);
    assert.deepEqual(outcome(own), [409, "conflict"]);
    const nobody = await operator.call(method, `/accounts/${newId()}/disabled`);
    assert.deepEqual(outcome(nobody), [404, "not-found"]);
  }
  await using chat = await connectChat(server, person);
  const { body: second } = await signIn(server, person.name);
  for (let time = 0; time < 2; time++) {
    assert.equal((await operator.call("PUT", place)).status, 204);
  }
  assert.equal((await within(chat.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
  for (const refreshToken of [person.grant.refreshToken, second.refreshToken]) {
    const answer = await server.call("POST", "/sessions/refresh", { body: { refreshToken } });
    assert.deepEqual(outcome(answer), [401, "unauthenticated"]);
  }
  const [shut, wrong] = [await signIn(server, person.name), await signIn(server, newName())];
  assert.deepEqual([shut.status, shut.body], [wrong.status, wrong.body]);
  assert.deepEqual(outcome(shut), [401, "credentials"]);
  // Others go on as they were.
  await using atOther = await connectChat(server, other);
  assert.equal(String((await say(atOther, direct)).type), "ok");

  assert.equal((await operator.call("DELETE", place)).status, 204);
  assert.equal((await signIn(server, person.name)).status, 201);
  const events = await eventsOf(server, person);
  assert.deepEqual(events.filter((type) => type.startsWith("account-")), [
    "account-created",
    "account-disabled",
    "account-enabled",
  ]);
});
