/** The log goes on as another one: a backup was restored, or a replica that was behind was promoted. */
import assert from "node:assert/strict";
import type { Id } from "../../lib/protocol/model.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { knowsServer, readEpoch } from "../../lib/sql/log_epoch.ts";
import { checkLog, checkView } from "../support/check_history.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { befriend, signUp, until } from "../support/people.ts";
import { findPostgres, type PostgresServer, startPostgres } from "../support/postgres_server.ts";
import { removeMember, seedGroup } from "../support/seed.ts";
import { startTestServer } from "../support/test_server.ts";

const ignore = findPostgres() === undefined;

/** Takes a copy of the log; the answer puts it in the place of what was said since. */
type Backup = (server: PostgresServer, url: string) => Promise<() => Promise<void>>;

const backups: Readonly<Record<string, Backup>> = {
  "a dump that is restored": async (server, url) => {
    const dump = await server.run("pg_dump", url, []);
    return async () => {
      const restored = await server.createDatabase();
      await server.run("psql", restored, ["-q", "-v", "ON_ERROR_STOP=1"], dump);
      const [name, other] = [url, restored].map((each) => new URL(each).pathname.slice(1));
      const postgres = new URL("/postgres", url).href;
      const swap = [
        `alter database ${name} rename to ${name}_old`,
        `alter database ${other} rename to ${name}`,
      ];
      const end = "select pg_terminate_backend(pid) from pg_stat_activity " +
        `where datname = '${name}'`;
      // Whoever connects in between is in the way of the new name.
      const close = `alter database ${name} allow_connections false`;
      const script = [close, end, ...swap].map((each) => `${each};\n`).join("");
      await server.run("psql", postgres, ["-q", "-v", "ON_ERROR_STOP=1"], script);
    };
  },
  "a replica that was behind and is promoted": async (server, url) => {
    const files = await server.copyFiles();
    return async () => {
      await server.kill();
      await server.start([], files);
      await server.run("psql", url, ["-qAtc", "select pg_promote()"]);
    };
  },
};

for (const [name, backUp] of Object.entries(backups)) {
  Deno.test({
    name: `${name}: everybody starts from the log as it is now [postgresql]`,
    ignore,
    fn: async () => {
      await using postgres = await startPostgres();
      const config = { kind: "server", url: await postgres.createDatabase() } as const;
      const logs = [createFakeLog(), createFakeLog()] as const;
      await using here = await startTestServer(config, {}, { log: logs[0] });
      await using _there = await startTestServer(config, {}, { log: logs[1] });
      await using ann = await signUp(here.origin);
      await using bob = await signUp(here.origin);
      const { id: carol } = await signUp(here.origin);
      const room = await befriend(ann, bob);
      // The groups are in different lanes: each finds out by itself.
      const groups: Id[] = [];
      {
        await using database = await openDatabase(config);
        for (let index = 0; index < 6; index++) {
          groups.push(await seedGroup(database.sql, [ann.id, bob.id, carol]));
        }
      }
      const say = async (text: string) => {
        const sent = await ann.client.thread.send(room, text);
        await until(
          `"${text}" is sent`,
          () => !ann.client.thread.view(room).pending.some(({ clientId }) => clientId === sent),
          20_000,
        );
      };
      for (const { client } of [ann, bob]) await client.thread.open(room);
      await say("before");
      const restore = await backUp(postgres, config.url);
      await say("lost");
      await say("lost as well");
      await until(
        "both have it",
        () => [ann, bob].every(({ client }) => client.thread.view(room).messages.length === 4),
      );
      {
        await using database = await openDatabase(config);
        for (const group of groups) await removeMember(database.sql, group, bob.id);
      }
      for (const group of groups) {
        await ann.client.thread.send(group, "to those who are there");
        await until("sent to the group", () => ann.client.thread.view(group).pending.length === 0);
      }
      await restore();
      {
        // Another change, of the same version as the one that is lost.
        await using database = await openDatabase(config);
        for (const group of groups) await removeMember(database.sql, group, ann.id);
      }
      for (const group of groups) await ann.client.thread.send(group, "I am no member here");
      await say("after");
      await say("and after that");
      await until(
        "both nodes heard that it is another log",
        () => logs.every(({ lines }) => lines.some((line) => line.startsWith("log.other"))),
      );
      await until(
        "nobody takes what the removed member says",
        () =>
          groups.every((group) =>
            ann.client.thread.view(group).pending.every(({ failure }) =>
              failure?.code === "not-member"
            )
          ),
        20_000,
      );

      await using database = await openDatabase(config);
      const epoch = await readEpoch(database.sql);
      for (const { lines } of logs) {
        const told = lines.filter((line) => line.startsWith("log.other"));
        assert.equal(told.length, 1, "once");
        assert.ok(told[0]?.includes(epoch), "and both the same");
      }
      const rows = await checkLog(database.sql, room);
      assert.deepEqual(rows.slice(1).map(({ text }) => text), [
        "before",
        "after",
        "and after that",
      ]);
      for (const { client, username } of [ann, bob]) {
        await until(`${username} shows the log`, () => {
          const shown = client.thread.view(room).messages;
          return shown.length === rows.length && shown.at(-1)?.text === "and after that";
        }, 20_000);
        checkView(username, client.thread.view(room).messages, rows);
      }
      const [row] = await database.sql<{ said: number }[]>`
        select count(*) as said from messages where text = 'I am no member here'`;
      assert.equal(row?.said, 0);
    },
  });
}

Deno.test({
  name:
    "a role that may not ask which server it is gets by without, and notices other places [postgresql]",
  ignore,
  fn: async () => {
    await using postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await using _owner = await startTestServer({ kind: "server", url });
    await postgres.run("psql", url, [
      ...["-qAt", "-c", "create role plain login in role pg_read_all_data, pg_write_all_data"],
      ...["-c", "revoke execute on function pg_control_system() from public"],
    ]);
    const plain = new URL(url);
    plain.username = "plain";
    await using database = await openDatabase({ kind: "server", url: plain.href });
    await using known = await openDatabase({ kind: "server", url });
    assert.deepEqual([await knowsServer(database.sql), await knowsServer(known.sql)], [
      false,
      true,
    ]);
    const epoch = await readEpoch(known.sql);
    assert.equal(await readEpoch(database.sql), epoch, "what is not known differs from nothing");
    assert.equal(await readEpoch(known.sql), epoch, "nor is it forgotten");
    await known.sql`update log_epoch set timeline = timeline - 1`;
    const renewed = await readEpoch(database.sql);
    assert.notEqual(renewed, epoch);
    assert.equal(await readEpoch(known.sql), renewed);
  },
});
