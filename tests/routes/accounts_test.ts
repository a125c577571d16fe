import assert from "node:assert/strict";
import type { Sql } from "../../lib/sql/open.ts";
import { seedUser } from "../support/seed.ts";
import { newName, PASSWORD, readCode, signUp } from "../support/api_server.ts";
import { testWithServer } from "../support/shared_server.ts";

testWithServer("accounts signs a person up with a code from the mail", async (server) => {
  const name = newName();
  const email = `${name}@example.org`;
  const asked = await server.call("POST", "/verification-codes", {
    body: { email: ` ${email.toUpperCase()} `, purpose: "register" },
  });
  assert.equal(asked.status, 202);
  assert.deepEqual(asked.body, { resendAfter: 60, expiresIn: 600 });
  const code = await readCode(server, email);
  assert.match(code, /^[0-9]{6}$/);
  const { status, body, headers } = await server.call("POST", "/accounts", {
    body: { email, code, username: name.toUpperCase(), password: PASSWORD, displayName: "Ann Ä." },
  });
  assert.equal(status, 201);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("set-cookie"), null);
  const { user, session, accessToken, refreshToken, accessExpiresIn, refreshExpiresIn, ...rest } =
    body;
  assert.deepEqual(rest, {});
  assert.ok(session && accessToken && refreshToken);
  assert.deepEqual([Number(accessExpiresIn), Number(refreshExpiresIn) > 86_400], [900, true]);
  const { id: _, createdAt, ...shown } = user ?? {};
  assert.match(String(createdAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(shown, {
    username: name,
    displayName: "Ann Ä.",
    avatar: null,
    bio: "",
    email,
  });
  const me = await server.call("GET", "/me", { token: String(accessToken) });
  assert.deepEqual(me.body, user);
});

testWithServer("accounts lets a code make one account only", async (server) => {
  const name = newName();
  const email = `${name}@example.org`;
  await server.call("POST", "/verification-codes", { body: { email, purpose: "register" } });
  const code = await readCode(server, email);
  const answers = await Promise.all([1, 2, 3].map((n) =>
    server.call("POST", "/accounts", {
      body: { email, code, username: `${name}_${n}`, password: PASSWORD },
    })
  ));
  assert.deepEqual(answers.filter(({ status }) => status === 201).length, 1);
  for (const { status } of answers) assert.ok([201, 400, 409].includes(status), `${status}`);
});

testWithServer("accounts keeps the code when the name is taken", async (server) => {
  const { name: taken } = await signUp(server);
  const name = newName();
  const email = `${name}@example.org`;
  await server.call("POST", "/verification-codes", { body: { email, purpose: "register" } });
  const body = { email, code: await readCode(server, email), password: PASSWORD };
  const refused = await server.call("POST", "/accounts", { body: { ...body, username: taken } });
  assert.deepEqual([refused.status, String(refused.body.code)], [409, "conflict"]);
  assert.equal(String(refused.body.errors?.[0]?.path), "username");
  const accepted = await server.call("POST", "/accounts", { body: { ...body, username: name } });
  assert.equal(accepted.status, 201);
});

testWithServer("accounts lets five wrong codes in parallel kill the right one", async (server) => {
  const name = newName();
  const email = `${name}@example.org`;
  await server.call("POST", "/verification-codes", { body: { email, purpose: "register" } });
  const code = await readCode(server, email);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
  const attempt = (guess: string) =>
    server.call("POST", "/accounts", {
      body: { email, code: guess, username: name, password: PASSWORD },
    });
  const guesses = await Promise.all(Array.from({ length: 6 }, () => attempt(wrong)));
  const codes = guesses.map(({ body }) => String(body.code)).sort();
  assert.deepEqual(codes, ["code-expired", ...Array.from({ length: 5 }, () => "code-wrong")]);
  const right = await attempt(code);
  assert.deepEqual([right.status, String(right.body.code)], [400, "code-expired"]);
});

testWithServer(
  "accounts and codes answer alike for known and unknown addresses",
  async (server) => {
    let known = "";
    let unknown = "";
    for (const purpose of ["register", "reset-password"]) {
      // Addresses that no mail has gone to yet: their cooldown is not what is tested.
      known = await seededEmail(server.database.sql);
      unknown = `${newName()}@example.org`;
      const answers = [];
      for (const email of [known, unknown]) {
        answers.push(
          await server.call("POST", "/verification-codes", { body: { email, purpose } }),
        );
      }
      const [one, other] = answers;
      assert.deepEqual([one?.status, one?.body], [other?.status, other?.body], purpose);
      assert.deepEqual([...one?.headers.keys() ?? []], [...other?.headers.keys() ?? []]);
    }
    const attempts = [known, unknown].map((email) =>
      server.call("POST", "/accounts", {
        body: { email, code: "000000", username: newName(), password: PASSWORD },
      })
    );
    const [one, other] = await Promise.all(attempts);
    assert.deepEqual([one?.status, one?.body], [other?.status, other?.body]);
  },
);

testWithServer("verification codes of one address wait for a minute", async (server) => {
  const email = `${newName()}@example.org`;
  const ask = (purpose: string) =>
    server.call("POST", "/verification-codes", { body: { email, purpose } });
  assert.equal((await ask("register")).status, 202);
  const again = await ask("register");
  assert.deepEqual([again.status, String(again.body.code)], [429, "rate-limited"]);
  assert.ok(Number(again.body.retryAfter) > 50 && Number(again.body.retryAfter) <= 60);
  assert.equal(again.headers.get("retry-after"), String(again.body.retryAfter));
});

testWithServer("verification codes of one address wait whatever they are for", async (server) => {
  const email = `${newName()}@example.org`;
  await server.call("POST", "/verification-codes", { body: { email, purpose: "register" } });
  const other = await server.call("POST", "/verification-codes", {
    body: { email, purpose: "change-email" },
  });
  assert.equal(other.status, 429);
});

const refusedFields: Record<string, object> = {
  email: { email: "nobody" },
  code: { code: "12345" },
  username: { username: "1abc" },
  password: { password: "short" },
  displayName: { displayName: "" },
  transport: { transport: "pigeon" },
  device: { device: "x".repeat(121) },
};
for (const [field, change] of Object.entries(refusedFields)) {
  testWithServer(`accounts names ${field} when it does not fit`, async (server) => {
    const { status, body } = await server.call("POST", "/accounts", {
      body: {
        email: "a@example.org",
        code: "123456",
        username: "abc",
        password: PASSWORD,
        ...change,
      },
    });
    assert.deepEqual([status, String(body.code)], [422, "invalid"]);
    assert.equal(String(body.errors?.[0]?.path), field);
  });
}

testWithServer("accounts counts a password's characters, not its code units", async (server) => {
  const email = `${newName()}@example.org`;
  const { status } = await server.call("POST", "/accounts", {
    body: { email, code: "123456", username: newName(), password: "👋👋👋👋" },
  });
  assert.equal(status, 422);
});

async function seededEmail(sql: Sql): Promise<string> {
  const id = await seedUser(sql);
  const [row] = await sql<{ email: string }[]>`select email from users where id = ${id}`;
  return row?.email ?? "";
}
