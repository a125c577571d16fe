/** Roles as an operator splits them: processes of their own, with the permissions of the task. */
import assert from "node:assert/strict";
import { databaseKinds } from "../support/databases.ts";
import { befriend, signUp, texts, until } from "../support/people.ts";
import { createServerProcess } from "../support/server_process.ts";
import { TEST_SECRET } from "../support/test_server.ts";

const postgres = databaseKinds.find(({ name }) => name === "postgresql");

Deno.test({
  name: "two processes share the roles, and say so when their secrets differ",
  ignore: postgres?.ignore ?? true,
  // The database server's process outlives a single test; it ends with the file.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using database = await postgres?.create();
    assert.ok(database);
    await using behind = await createServerProcess(database.config, {
      PARLEY_ROLES: "status,verify",
      PARLEY_SECRET: TEST_SECRET,
    });
    const before = {
      PARLEY_ROLES: "gate,chat",
      PARLEY_STATUS_URL: behind.origin,
      PARLEY_VERIFY_URL: behind.origin,
      // Only verify mails.
      PARLEY_MAIL_URL: "",
    };
    await using front = await createServerProcess(database.config, {
      ...before,
      PARLEY_SECRET: TEST_SECRET,
    });
    const lines: string[] = [];
    await using stranger = await createServerProcess(database.config, {
      ...before,
      PARLEY_SECRET: "another secret of more than 32 bytes",
    }, { onLine: (line) => lines.push(line) });
    await Promise.all([behind.start(), front.start(), stranger.start()]);

    await using ann = await signUp(front.origin, {}, behind.origin);
    await using ben = await signUp(front.origin, {}, behind.origin);
    const conversation = await befriend(ann, ben);
    await ben.client.thread.open(conversation);
    await ann.client.thread.send(conversation, "by two processes");
    await until("the message has come", () => texts(ben, conversation).length > 0, 20_000);

    const refused = await fetch(`${stranger.origin}/api/v1/verification-codes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "ann@example.org", purpose: "register" }),
    });
    assert.deepEqual([refused.status, (await refused.json()).code], [503, "unavailable"]);
    await until(
      "the log says why",
      () => lines.some((line) => /token-refused.*PARLEY_SECRET must be the same/.test(line)),
    );
    assert.deepEqual([await front.stop(), await behind.stop()], [0, 0]);
  },
});
