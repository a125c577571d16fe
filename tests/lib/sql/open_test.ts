import assert from "node:assert/strict";
import { openDatabase } from "../../../lib/sql/open.ts";
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
    const begun = performance.now();
    await database[Symbol.asyncDispose]();
    const took = performance.now() - begun;
    // Two seconds each, one after the other, would be twelve.
    assert.ok(took < 8_000, `${took} ms`);
    assert.deepEqual(await Promise.all(running), all.map(() => false));
  });
}
