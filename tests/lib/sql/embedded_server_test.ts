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
