import assert from "node:assert/strict";
import { Hono } from "hono";
import { createErrorHandler } from "../../lib/http/answer_problem.ts";
import { newId } from "../../lib/ids.ts";
import { endSession, insertSession } from "../../lib/sql/sessions.ts";
import { createTokens } from "../../lib/tokens.ts";
import type { Env } from "../../routes/context.ts";
import { createSignedIn } from "../../routes/signed_in.ts";
import { createFakeClock } from "../support/clock.ts";
import { countStatements } from "../support/count_statements.ts";
import { testWithDatabase } from "../support/databases.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { seedUser } from "../support/seed.ts";
import { TEST_SECRET } from "../support/test_server.ts";

testWithDatabase(
  "signedIn asks once in a while whether a session goes on, and counts nothing of one that ended",
  async ({ sql }) => {
    const clock = createFakeClock();
    const tokens = createTokens(TEST_SECRET, clock);
    const [user, session] = [await seedUser(sql), newId()];
    await insertSession(sql, { id: session, userId: user, device: "", ip: "" });
    let counted = 0;
    const signedIn = createSignedIn({ sql, clock, tokens }, {
      ofNetwork: (_c, next) => next(),
      ofAccount: () => Promise.resolve(void counted++),
    });
    const app = new Hono<Env>().onError(createErrorHandler(createFakeLog()))
      .get("/", signedIn(), (c) => c.text("well"))
      .get("/fresh", signedIn({ fresh: true }), (c) => c.text("well"));
    const authorization = `Bearer ${await tokens.issueAccess({ user, session })}`;
    const env = { incoming: { socket: {} } };
    /** What ten requests one after the other are answered with, and the statements that they cost. */
    const ask = async (path: string) => {
      const seen = new Set<number>();
      const statements = await countStatements(sql, async () => {
        for (let n = 0; n < 10; n++) {
          seen.add((await app.request(path, { headers: { authorization } }, env)).status);
        }
      });
      return { statuses: [...seen], statements };
    };
    assert.deepEqual(await ask("/"), { statuses: [200], statements: 1 });
    assert.deepEqual(await ask("/fresh"), { statuses: [200], statements: 10 });
    assert.equal(counted, 20);
    await endSession(sql, session, "test");
    // Which a route may know some seconds later, where no others have found out.
    assert.deepEqual(await ask("/"), { statuses: [200], statements: 0 });
    counted = 0;
    assert.deepEqual(await ask("/fresh"), { statuses: [401], statements: 1 });
    for (const path of ["/", "/fresh"]) {
      assert.deepEqual(await ask(path), { statuses: [401], statements: 0 });
    }
    clock.advance(30_000);
    for (const [path, statements] of [["/fresh", 1], ["/", 0]] as const) {
      assert.deepEqual(await ask(path), { statuses: [401], statements });
    }
    assert.equal(counted, 0);
  },
);
