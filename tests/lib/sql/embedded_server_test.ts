import assert from "node:assert/strict";
import { type Database, openDatabase, type Sql } from "../../../lib/sql/open.ts";
import { databaseKinds } from "../../support/databases.ts";

const [embedded] = databaseKinds;

async function withConnections(
  count: number,
  test: (connections: Sql[]) => Promise<void>,
): Promise<void> {
  assert.ok(embedded);
  await using place = await embedded.create();
  await using first = await openDatabase(place.config);
  await using cleanup = new AsyncDisposableStack();
  const connections: Sql[] = [first.sql];
  while (connections.length < count) {
    const next: Database = cleanup.use(await openDatabase(first.share));
    connections.push(next.sql);
  }
  await test(connections);
}

Deno.test("serveEmbedded gives each of many connections its own answers", async () => {
  await withConnections(6, async (connections) => {
    // Long enough that a pipeline is cut in the middle wherever the socket's buffer ends.
    const padding = "x".repeat(3_000);
    await Promise.all(connections.map(async (sql, connection) => {
      const answers = await Promise.all(
        Array.from(
          { length: 300 },
          (_, step) =>
            step % 10 === 9
              ? sql`select 1 / ${0}::int`.then(() => "no error", () => `failed ${step}`)
              : sql<{ who: string }[]>`
              select ${`${connection} ${step}`}::text as who, ${padding}::text as padding`
                .then(([row]) => row?.who),
        ),
      );
      assert.deepEqual(
        answers,
        answers.map((_, step) => step % 10 === 9 ? `failed ${step}` : `${connection} ${step}`),
      );
    }));
  });
});

Deno.test("serveEmbedded keeps one connection's transaction from another's statements", async () => {
  await withConnections(4, async (connections) => {
    const [sql] = connections;
    assert.ok(sql);
    await sql`create table counters (id int primary key, value int not null)`;
    await sql`insert into counters values (1, 0)`;
    await Promise.all(connections.map(async (own, connection) => {
      for (let step = 0; step < 25; step++) {
        const work = own.begin(async (tx) => {
          const [row] = await tx<{ value: number }[]>`select value from counters where id = 1`;
          await tx`update counters set value = ${(row?.value ?? 0) + 1} where id = 1`;
          if (step % 5 === connection) throw new Error("rolled back");
        });
        await work.catch((error: Error) => assert.equal(error.message, "rolled back"));
      }
    }));
    const [row] = await sql<{ value: number }[]>`select value from counters where id = 1`;
    assert.equal(row?.value, 4 * 20);
  });
});

Deno.test("serveEmbedded undoes what a connection that disappears had begun", async () => {
  await withConnections(1, async ([sql]) => {
    assert.ok(sql && embedded);
    await sql`create table notes (text text)`;
    const path = sql.options.path;
    const lost = await openDatabase({ kind: "socket", path: String(path) });
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const transaction = lost.sql.begin(async (tx) => {
      await tx`insert into notes values ('half')`;
      resolve();
      await new Promise(() => {});
    });
    transaction.catch(() => {});
    await begun;
    await lost.sql.end({ timeout: 0 });
    assert.deepEqual([...await sql`select * from notes`], []);
    await lost[Symbol.asyncDispose]();
  });
});

Deno.test("serveEmbedded lets an append pass hundreds of heavy reads", async () => {
  assert.ok(embedded);
  await using place = await embedded.create();
  await using database = await openDatabase(place.config);
  const { sql, lanes: [lane] } = database;
  assert.ok(lane);
  await lane`create table notes (text text)`;
  let done = 0;
  const read = async () => {
    // Some ten milliseconds of work each.
    await sql`select sum(length(md5(n::text))) from generate_series(1, 10000) n`;
    done++;
  };
  await read();
  const started = performance.now();
  await read();
  const one = performance.now() - started;
  const backlog = Array.from({ length: 400 }, read);
  let longest = 0;
  let most = 0;
  for (let append = 0; append < 10; append++) {
    const before = { at: performance.now(), done };
    await lane`insert into notes values (${`append ${append}`})`;
    longest = Math.max(longest, performance.now() - before.at);
    most = Math.max(most, done - before.done);
  }
  assert.ok(done < 200, "the readers are still waiting");
  // One by the rule of turns; the rest is answers that were on their way.
  assert.ok(most <= 20, `an append waited for ${most} reads`);
  assert.ok(longest < 2_000 + 20 * one, `an append waited for ${longest} ms`);
  await Promise.all(backlog);
  const [row] = await sql<{ count: number }[]>`select count(*) as count from notes`;
  assert.equal(row?.count, 10);
});

Deno.test("openDatabase keeps its connections to the embedded database", async () => {
  await withConnections(1, ([sql]) => {
    // Each new one would leave its prepared statements in the one session that all share.
    assert.equal(sql?.options.max_lifetime, null);
    return Promise.resolve();
  });
});

Deno.test("the embedded database is told to sync, in the way that PGlite can", async () => {
  await withConnections(1, async ([sql]) => {
    assert.ok(sql);
    const rows = await sql<{ name: string; setting: string }[]>`
      select name, setting from pg_settings where name in
        ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'data_sync_retry')
      order by name`;
    assert.deepEqual(rows.map(({ name, setting }) => `${name} ${setting}`), [
      // Off: a sync that fails ends the database, because a second one would not tell the truth.
      "data_sync_retry off",
      "fsync on",
      "full_page_writes on",
      "synchronous_commit on",
      "wal_sync_method fsync",
    ]);
  });
});
