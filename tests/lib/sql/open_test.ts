import assert from "node:assert/strict";
import { openDatabase, reconnectAfter } from "../../../lib/sql/open.ts";
import { startFaultyProxy } from "../../support/faulty_proxy.ts";
import { databaseKinds } from "../../support/databases.ts";

/** Milliseconds. By then the driver would wait for 3.6 to 7.3 seconds between two tries. */
const AWAY = 6_000;
const BACK_WITHIN = 2_500;

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

  test("is there again soon after the server is, however long that was away", async () => {
    await using place = await kind.create();
    assert.ok(place.config.kind === "server");
    const url = new URL(place.config.url);
    await using proxy = startFaultyProxy(Number(url.port));
    url.port = String(proxy.port);
    await using database = await openDatabase({ kind: "server", url: url.href });
    const all = [database.sql, database.memberships, ...database.lanes];
    await Promise.all(all.map((sql) => sql`select 1`));
    proxy.reachable = false;
    proxy.cut();
    const healedAt = Date.now() + AWAY;
    // As a lane does: again and again until there is an answer.
    const answered = all.map(async (sql) => {
      while (true) {
        try {
          await sql`select 1`;
          return Date.now();
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    });
    await new Promise((resolve) => setTimeout(resolve, AWAY));
    proxy.heal();
    const late = Math.max(...await Promise.all(answered)) - healedAt;
    assert.ok(late < BACK_WITHIN, `${late} ms after the server`);
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
