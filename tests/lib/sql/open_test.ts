import assert from "node:assert/strict";
import { openDatabase, reconnectAfter } from "../../../lib/sql/open.ts";
import { databaseKinds } from "../../support/databases.ts";

for (const kind of databaseKinds.filter(({ name }) => name === "postgresql")) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: `openDatabase ${name}`,
      ignore: kind.ignore,
      // The server's process outlives a single test; it ends with the file.
      sanitizeOps: false,
      sanitizeResources: false,
      fn,
    });

  test("lets no statement and no idle transaction hold anybody up for ever", async () => {
    await using place = await kind.create();
    await using database = await openDatabase(place.config);
    for (const sql of [database.sql, database.memberships, ...database.lanes]) {
      assert.equal(sql.options.backoff, reconnectAfter);
      const [settings] = await sql`
        select current_setting('statement_timeout') as statement,
          current_setting('idle_in_transaction_session_timeout') as idle`;
      assert.deepEqual({ ...settings }, { statement: "30s", idle: "15s" });
    }
  });

  test("closes all its connections at once, whatever still runs on them", async () => {
    await using place = await kind.create();
    const database = await openDatabase(place.config);
    const all = [database.sql, database.memberships, ...database.lanes];
    const running = all.map((sql) => sql`select pg_sleep(60)`.then(() => true, () => false));
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Not that it is a replica, which is what ended connections look like.
    const looking = assert.rejects(database.fault(), { code: "CONNECTION_ENDED" });
    const begun = performance.now();
    await database[Symbol.asyncDispose]();
    const took = performance.now() - begun;
    // Two seconds each, one after the other, would be twelve.
    assert.ok(took < 8_000, `${took} ms`);
    assert.deepEqual(await Promise.all(running), all.map(() => false));
    await looking;
  });
}

Deno.test("reconnectAfter is quick at first and never longer than a second, at a moment of its own", () => {
  assert.ok(reconnectAfter(0) <= 0.1);
  for (const tries of [1, 5, 50, 5_000]) {
    for (const chance of [0, 0.5, 0.999]) {
      const seconds = reconnectAfter(tries, chance);
      assert.ok(seconds >= 0.1 && seconds <= 1, `${tries}: ${seconds}`);
    }
  }
  assert.notEqual(reconnectAfter(9, 0.1), reconnectAfter(9, 0.9));
});
