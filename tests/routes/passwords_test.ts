/** Passwords: which are refused, how they are changed and reset, and what becomes of sessions then. */
import assert from "node:assert/strict";
import { hash } from "@node-rs/argon2";
import {
  type Answer,
  newName,
  PASSWORD,
  type Person,
  readCode,
  signUp,
  type TestServer,
} from "../support/api_server.ts";
import { connectChat } from "../support/chat_client.ts";
import { eventually, SESSION_ENDS_WITHIN, within } from "../support/deadline.ts";
import { testWithServer } from "../support/shared_server.ts";

const ANOTHER = "staple of another horse";

async function signIn(server: TestServer, login: string, password = PASSWORD): Promise<Answer> {
  return await server.call("POST", "/sessions", { body: { login, password } });
}

/** A further session of the same person. */
async function onAnotherDevice(server: TestServer, { name }: Person): Promise<string> {
  const { body } = await signIn(server, name);
  return String(body.accessToken);
}

/** The code that was mailed; an address waits a minute from one to the next, which is not tested here. */
async function askReset(server: TestServer, email: string): Promise<string> {
  const body = { email, purpose: "reset-password" };
  await eventually(
    async () => (await server.call("POST", "/verification-codes", { body })).status === 202,
    "the code",
  );
  return await readCode(server, email);
}

/** Somebody of whom no mail is on record: a code can be asked for at once. */
async function seeded(server: TestServer): Promise<Person> {
  const person = await signUp(server);
  const email = `${newName()}.of.a.long.name@example.org`;
  await server.database.sql`update users set email = ${email} where id = ${person.id}`;
  return { ...person, email };
}

async function eventsOf(server: TestServer, { id }: Person): Promise<string[]> {
  const rows = await server.database.sql<{ type: string }[]>`
    select type from security_events where user_id = ${id} order by id`;
  return rows.map(({ type }) => type);
}

const refused = ({ status, body }: Answer) => [
  status,
  String(body.code),
  String(body.errors?.[0]?.path),
];
const INVALID = [422, "invalid", "password"];

testWithServer(
  "the commonest passwords and what the account is called are refused at sign-up, change and reset",
  async (server) => {
    const person = await seeded(server);
    const code = await askReset(server, person.email);
    const local = person.email.slice(0, person.email.indexOf("@"));
    for (
      const password of [
        "password1",
        "QwertyUiop",
        "Woaini1314",
        "87654321",
        "密码密码密码密码",
        person.email,
        local.toUpperCase(),
      ]
    ) {
      const [changed, reset, signedUp] = [
        await person.call("POST", "/me/password", { current: PASSWORD, password }),
        await server.call("POST", "/password-resets", {
          body: { email: person.email, code, password },
        }),
        await server.call("POST", "/accounts", {
          body: { email: person.email, code, username: newName(), password },
        }),
      ];
      for (const answer of [changed, reset, signedUp]) {
        assert.deepEqual(refused(answer), INVALID, password);
      }
    }
    const username = `${newName()}_long`;
    const { name } = person;
    await server.database.sql`update users set username = ${username} where id = ${person.id}`;
    const own = { email: person.email, code, password: username.toUpperCase() };
    for (
      const answer of [
        await person.call("POST", "/me/password", { current: PASSWORD, password: username }),
        await server.call("POST", "/password-resets", { body: own }),
        await server.call("POST", "/accounts", { body: { ...own, username } }),
      ]
    ) assert.deepEqual(refused(answer), INVALID, name);
    // Whoever is refused keeps the code, and may take whatever else they like.
    for (const password of ["雨天的三把旧伞呀", " .  :  . ", " trailing ", ANOTHER]) {
      const answer = await person.call("POST", "/me/password", { current: PASSWORD, password });
      assert.equal(answer.status, 204, password);
      assert.equal((await signIn(server, username, password)).status, 201, password);
      assert.equal((await signIn(server, username, `${password} `)).status, 401, password);
      await person.call("POST", "/me/password", { current: password, password: PASSWORD });
    }
    const reset = { body: { email: person.email, code, password: ANOTHER } };
    assert.equal((await server.call("POST", "/password-resets", reset)).status, 204);
  },
);

testWithServer(
  "a reset ends every session, tells the owner, signs nobody in and uses the code up",
  async (server) => {
    const person = await seeded(server);
    await using chat = await connectChat(server, person);
    const code = await askReset(server, person.email);
    const reset = (password: string) =>
      server.call("POST", "/password-resets", { body: { email: person.email, code, password } });
    const answers = await Promise.all([reset(ANOTHER), reset(`${ANOTHER}, the other`)]);
    const [done, late] = answers.toSorted((a, b) => a.status - b.status);
    assert.deepEqual([done?.status, done?.body.length], [204, 0]);
    assert.equal(done?.headers.get("set-cookie"), null);
    assert.deepEqual([late?.status, String(late?.body.code)], [400, "code-expired"]);
    assert.equal((await within(chat.closed, "the socket's end", SESSION_ENDS_WITHIN)).code, 4201);
    const refresh = { refreshToken: person.grant.refreshToken };
    assert.equal((await server.call("POST", "/sessions/refresh", { body: refresh })).status, 401);
    assert.equal((await signIn(server, person.name)).status, 401);
    const now = answers[0]?.status === 204 ? ANOTHER : `${ANOTHER}, the other`;
    assert.equal((await signIn(server, person.name, now)).status, 201);
    assert.equal(
      (await eventsOf(server, person)).filter((type) => type === "password-reset").length,
      1,
    );
    await toldOf(server, person.email, "password");
  },
);

/** That a mail came that says so: the texts are of others. */
async function toldOf(server: TestServer, email: string, word: string): Promise<void> {
  await eventually(async () => {
    const { body } = await server.call("GET", `/dev/mailbox?to=${encodeURIComponent(email)}`);
    const mails = body.mails as unknown as { subject: string; code?: string }[];
    return mails.some(({ subject, code }) =>
      code === undefined && subject.toLowerCase().includes(word)
    );
  }, `a notice with "${word}" to ${email}`);
}

testWithServer(
  "a reset answers alike for an address with and without an account",
  async (server) => {
    const { email } = await seeded(server);
    const unknown = `${newName()}@example.org`;
    const answers: Answer[] = [];
    for (const address of [email, unknown]) {
      const body = { email: address, purpose: "reset-password" };
      answers.push(await server.call("POST", "/verification-codes", { body }));
    }
    assert.deepEqual(answers[0]?.body, answers[1]?.body);
    const right = await readCode(server, email);
    const wrong = String((Number(right) + 1) % 1_000_000).padStart(6, "0");
    for (let guess = 1; guess <= 6; guess++) {
      const [one, other] = await Promise.all(
        [email, unknown].map((address) =>
          server.call("POST", "/password-resets", {
            body: { email: address, code: wrong, password: ANOTHER },
          })
        ),
      );
      assert.deepEqual([one?.status, one?.body], [other?.status, other?.body]);
      assert.equal(String(one?.body.code), guess <= 5 ? "code-wrong" : "code-expired");
      assert.deepEqual([...one?.headers.keys() ?? []], [...other?.headers.keys() ?? []]);
    }
  },
);

testWithServer(
  "a change of the password asks for the current one, and ends all other sessions",
  async (server) => {
    const person = await signUp(server);
    const other = await onAnotherDevice(server, person);
    const change = (current: string, password = ANOTHER) =>
      person.call("POST", "/me/password", { current, password });
    const wrong = await change(`${PASSWORD} `);
    assert.deepEqual([wrong.status, String(wrong.body.code)], [401, "credentials"]);
    assert.equal((await server.call("POST", "/tickets", { token: other, body: {} })).status, 201);
    assert.equal((await change(PASSWORD)).status, 204);
    assert.equal((await server.call("POST", "/tickets", { token: other, body: {} })).status, 401);
    assert.equal((await person.call("POST", "/tickets", {})).status, 201);
    assert.equal((await signIn(server, person.name)).status, 401);
    assert.equal((await signIn(server, person.name, ANOTHER)).status, 201);
    assert.ok((await eventsOf(server, person)).includes("password-changed"));
    await toldOf(server, person.email, "password");
  },
);

testWithServer("of two changes of a password at once one is done and kept", async (server) => {
  const person = await signUp(server);
  const passwords = ["the first of two passwords", "the second of two passwords"];
  const answers = await Promise.all(
    passwords.map((password) =>
      person.call("POST", "/me/password", { current: PASSWORD, password })
    ),
  );
  const kept = answers.findIndex(({ status }) => status === 204);
  const late = answers[1 - kept];
  assert.ok(["conflict", "credentials"].includes(String(late?.body.code)), `${late?.status}`);
  assert.equal((await signIn(server, person.name, passwords[kept])).status, 201);
  assert.equal((await signIn(server, person.name, passwords[1 - kept])).status, 401);
});

testWithServer(
  "signing in replaces a hash of other parameters, and a wrong password replaces none",
  async (server) => {
    const person = await signUp(server);
    const { sql } = server.database;
    const stored = async () => {
      const [row] = await sql<{ passwordHash: string }[]>`
        select password_hash from users where id = ${person.id}`;
      return row?.passwordHash ?? "";
    };
    const first = await stored();
    assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal((await signIn(server, person.name)).status, 201);
    assert.equal(await stored(), first);
    // By less memory, and by another kind of argon2.
    for (const weaker of [{ memoryCost: 8 * 1024 }, { algorithm: 1 }]) {
      const weak = await hash(PASSWORD, { timeCost: 2, ...weaker });
      await sql`update users set password_hash = ${weak} where id = ${person.id}`;
      assert.equal((await signIn(server, person.name, ANOTHER)).status, 401);
      assert.equal(await stored(), weak);
      assert.equal((await signIn(server, person.name)).status, 201);
      await eventually(async () => await stored() !== weak, "another hash");
      assert.match(await stored(), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      assert.equal((await signIn(server, person.name)).status, 201);
    }
  },
);
