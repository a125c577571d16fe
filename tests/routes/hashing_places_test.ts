/** What asks for a password: whom it lets wait, and what becomes of it when its session ends meanwhile. */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { createErrorHandler } from "../../lib/http/answer_problem.ts";
import { newId } from "../../lib/ids.ts";
import { createPasswords, hashPassword } from "../../lib/passwords.ts";
import type { Sql } from "../../lib/sql/open.ts";
import { endSession, insertSession } from "../../lib/sql/sessions.ts";
import { readMe } from "../../lib/sql/users.ts";
import { createTokens } from "../../lib/tokens.ts";
import { accounts } from "../../routes/accounts.ts";
import { emailChanges } from "../../routes/change_email.ts";
import { passwordChanges } from "../../routes/change_password.ts";
import type { Env, Gate } from "../../routes/context.ts";
import { deletion } from "../../routes/deletion.ts";
import { passwordResets } from "../../routes/password_resets.ts";
import { sessions } from "../../routes/sessions.ts";
import { createSignedIn } from "../../routes/signed_in.ts";
import { unlimitedSignIns } from "../../verify/sign_ins.ts";
import { createFakeClock } from "../support/clock.ts";
import { testWithDatabase } from "../support/databases.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { seedUser } from "../support/seed.ts";
import { TEST_SECRET } from "../support/test_server.ts";

const PASSWORD = "correct horse battery";

/** The routes, over a verify that calls `onVerify` whenever it is asked for something. */
async function openGate(sql: Sql, onVerify: (what: string) => Promise<void>) {
  const clock = createFakeClock();
  const tokens = createTokens(TEST_SECRET, clock);
  const real = createPasswords(1);
  let asked = 0;
  const logins: typeof real.logins = {
    get idle() {
      return real.logins.idle;
    },
    take: (task) => {
      asked++;
      return real.logins.take(task);
    },
  };
  // The rest of a gate they have no use for.
  const gate = {
    sql,
    clock,
    tokens,
    passwords: { ...real, logins },
    log: createFakeLog(),
    verify: {
      check: () => onVerify("check"),
      use: () => onVerify("use"),
      tell: ({ kind }: { kind: string }) => onVerify(kind),
    },
    bus: { publish: () => {} },
    signIns: unlimitedSignIns,
    failedSignIns: { note: () => {} },
    clientAddress: () => "192.0.2.9",
  } as unknown as Gate;
  const unlimited = { ofNetwork: () => Promise.resolve(), ofAccount: () => Promise.resolve() };
  const signedIn = createSignedIn(gate, unlimited);
  const app = new Hono<Env>().onError(createErrorHandler(createFakeLog()))
    .route("/accounts", accounts(gate))
    .route("/password-resets", passwordResets(gate))
    .route("/sessions", sessions(gate, signedIn))
    .route("/me/password", passwordChanges(gate, signedIn))
    .route("/me/email", emailChanges(gate, signedIn))
    .route("/me/deletion", deletion(gate, signedIn));
  const user = await seedUser(sql, await hashPassword(PASSWORD));
  const me = await readMe(sql, user);
  assert.ok(me !== undefined);
  const begin = async () => {
    const session = newId();
    await insertSession(sql, { id: session, userId: user, device: "", ip: "" });
    return { session, token: await tokens.issueAccess({ user, session }) };
  };
  return {
    user,
    email: me.email,
    username: me.username,
    logins,
    asked: () => asked,
    begin,
    post: async (path: string, body: object, token = "") => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      return await app.request(path, request, { incoming: { socket: {} } });
    },
  };
}

const newEmail = () => `${newId()}@example.org`;
const code = "123456";

testWithDatabase(
  "no place for hashing is held while verify or a mail is waited for",
  async ({ sql }) => {
    const seen: [what: string, idle: boolean][] = [];
    const gate = await openGate(sql, (what) => {
      seen.push([what, gate.logins.idle]);
      return Promise.resolve();
    });
    const { post } = gate;
    const { token } = await gate.begin();
    let password = PASSWORD;
    const expect = async (status: number, whats: string[], answer: Promise<Response>) => {
      assert.equal((await answer).status, status, whats.join(" "));
      assert.deepEqual(seen.splice(0), whats.map((what) => [what, true]));
    };
    const username = `p${newId().replaceAll("-", "").slice(0, 20)}`;
    await expect(
      201,
      ["check", "use"],
      post("/accounts", { email: newEmail(), code, username, password }),
    );
    await expect(
      204,
      ["password-changed"],
      post("/me/password", { current: password, password: "staple of another horse" }, token),
    );
    password = "staple of another horse";
    const email = newEmail();
    await expect(
      200,
      ["check", "use", "email-changed-from", "email-changed-to"],
      post("/me/email", { email, code, password }, token),
    );
    await expect(
      202,
      ["deletion-asked"],
      post("/me/deletion", { password }, token),
    );
    await expect(
      201,
      ["deletion-called-off"],
      post("/sessions", { login: email, password }),
    );
    await expect(
      204,
      ["check", "use", "password-reset"],
      post("/password-resets", { email, code, password: PASSWORD }),
    );
  },
);

testWithDatabase("an ended session finishes nothing that waited in the queue", async ({ sql }) => {
  const gate = await openGate(sql, () => Promise.resolve());
  const { session, token } = await gate.begin();
  const read = () =>
    sql`select email, password_hash, deletes_at from users where id = ${gate.user}`;
  const [before] = await read();
  // All places are taken.
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const held = [1, 2, 3].map(() => gate.logins.take(() => released));
  const waiting = [
    gate.post("/me/password", { current: PASSWORD, password: "a thief has chosen it" }, token),
    gate.post("/me/email", { email: newEmail(), code, password: PASSWORD }, token),
    gate.post("/me/deletion", { password: PASSWORD }, token),
  ];
  await eventually(() => gate.asked() === 6, "they wait");
  await endSession(sql, session, "test");
  release();
  await Promise.all(held);
  for (const answer of await Promise.all(waiting)) {
    assert.deepEqual([answer.status, (await answer.json()).code], [401, "unauthenticated"]);
  }
  const [after] = await read();
  assert.deepEqual(after, before);
});

testWithDatabase(
  "nor does one that ends while a code is used up, and somebody else's change is a conflict",
  async ({ sql }) => {
    let meanwhile = () => Promise.resolve();
    const gate = await openGate(sql, (what) => what === "use" ? meanwhile() : Promise.resolve());
    const { session, token } = await gate.begin();
    const other = await gate.begin();
    const change = async (token: string) => {
      const body = { email: newEmail(), code, password: PASSWORD };
      const answer = await gate.post("/me/email", body, token);
      return [answer.status, (await answer.json()).code];
    };
    meanwhile = async () => void await endSession(sql, session, "test");
    assert.deepEqual(await change(token), [401, "unauthenticated"]);
    meanwhile = async () => {
      await sql`update users set password_hash = 'another' where id = ${gate.user}`;
    };
    assert.deepEqual(await change(other.token), [409, "conflict"]);
    assert.equal((await readMe(sql, gate.user))?.email, gate.email);
  },
);
