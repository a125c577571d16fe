/** The way that docs/operations.md tells, as one person lives through it: nobody has to sign in again. */
import assert from "node:assert/strict";
import { type Context, Hono } from "hono";
import { newId } from "../../lib/ids.ts";
import { insertSession } from "../../lib/sql/sessions.ts";
import { createTokens } from "../../lib/tokens.ts";
import type { Env } from "../../routes/context.ts";
import { readDevice, writeDevice } from "../../routes/device_cookie.ts";
import { createCall } from "../support/api_server.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { copyTemplate } from "../support/databases.ts";
import { seedUser } from "../support/seed.ts";
import { startTestServer } from "../support/test_server.ts";

const [OLD, NEW] = ["the secret of before, 32 bytes or so", "the secret to come, 32 bytes or more"];

Deno.test({
  name: "two processes change their secret one after the other: who is signed in stays so",
  // What a process has open ends with it, a moment later.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using cleanup = new AsyncDisposableStack();
    const directory = await Deno.makeTempDir({ prefix: "parley-" });
    cleanup.defer(() => Deno.remove(directory, { recursive: true }));
    await copyTemplate(directory);
    const database = cleanup.use(await openDatabase({ kind: "embedded", directory }));
    const { sql } = database;
    await migrate(sql);
    const start = async (secret: string, acceptedSecret?: string) =>
      createCall(
        cleanup.use(await startTestServer(database.share, { secret, acceptedSecret })).origin,
      );
    const before = createTokens(OLD, { now: () => Date.now() });
    const [user, session] = [await seedUser(sql), newId()];
    await insertSession(sql, { id: session, userId: user, device: "", ip: "" });
    let access = await before.issueAccess({ user, session });
    let refreshToken = before.issueRefresh({ session, generation: 1 });

    const accepts = await start(OLD, NEW);
    const signs = await start(NEW, OLD);
    const done = await start(NEW);
    const works = async (call: typeof accepts) =>
      (await call("GET", "/me", { token: access })).status === 200;
    const renew = async (call: typeof accepts) => {
      const { status, body } = await call("POST", "/sessions/refresh", { body: { refreshToken } });
      if (status !== 200) return false;
      access = String(body.accessToken);
      refreshToken = String(body.refreshToken);
      return true;
    };
    // Step by step every process takes what any other gives at that time.
    assert.deepEqual([await works(accepts), await works(signs), await works(done)], [
      true,
      true,
      false,
    ]);
    assert.equal(await renew(done), false);
    assert.ok(await renew(signs));
    assert.deepEqual([await works(accepts), await works(signs), await works(done)], [
      true,
      true,
      true,
    ]);
    assert.ok(await renew(accepts));
    assert.deepEqual([await works(signs), await works(done)], [true, false]);
    assert.ok(await renew(signs) && await renew(done));
    assert.ok(await works(done));
  },
});

Deno.test("a device stays known by its cookie while secrets are changed", async () => {
  const user = newId();
  const tokensOf = (secret: string, accepted?: string) => ({
    tokens: createTokens(secret, { now: () => Date.now() }, accepted),
  });
  const ask = async (handle: (c: Context<Env>) => unknown, cookie = "") => {
    const app = new Hono<Env>().get("/", (c) => c.json({ known: handle(c) ?? null }));
    const answer = await app.request("/", { headers: { cookie } });
    return { cookie: answer.headers.getSetCookie()[0]?.split(";")[0], ...await answer.json() };
  };
  const { cookie } = await ask((c) => writeDevice(tokensOf(OLD), c, user));
  const knownTo = async (secret: string, accepted?: string) =>
    (await ask((c) => readDevice(tokensOf(secret, accepted), c), cookie)).known?.user;
  assert.deepEqual([await knownTo(OLD), await knownTo(NEW, OLD), await knownTo(NEW)], [
    user,
    user,
    undefined,
  ]);
});
