/** Databases that would lose what they acknowledge: refused at start, and whenever they become so. */
import assert from "node:assert/strict";
import { ApiError } from "../../client/api.ts";
import { StartError } from "../../lib/errors.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { checkLog, checkView } from "../support/check_history.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { befriend, signUp, until } from "../support/people.ts";
import { findPostgres, type PostgresServer, startPostgres } from "../support/postgres_server.ts";
import { type Acknowledged, recordAcknowledged } from "../support/recording_wire.ts";
import { startTestServer } from "../support/test_server.ts";

const ignore = findPostgres() === undefined;

/** What makes a database one that nothing may be written to, and how it is well again. */
type Fault = {
  name: string;
  begin: (server: PostgresServer, run: Run) => Promise<void>;
  end: (server: PostgresServer, run: Run) => Promise<void>;
  /** Names what is set. */
  reason: RegExp;
};
/** Runs a statement as somebody who is never refused. */
type Run = (statement: string) => Promise<string>;

const restart = async (server: PostgresServer, settings: readonly string[] = []) => {
  await server.kill();
  await server.start(settings);
};

/** What a role or a database sets counts for connections that are made afterwards. */
const reconnect = (run: Run) =>
  run(
    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()" +
      " and datname = current_database()",
  );
const alterDatabase = (run: Run, change: string) =>
  run(`do $$ begin execute format('alter database %I ${change}', current_database()); end $$`);

const faults: readonly Fault[] = [
  {
    name: "a server with fsync = off",
    begin: (server) => restart(server, ["fsync=off"]),
    end: (server) => restart(server),
    reason: /fsync = off/,
  },
  {
    name: "a database with synchronous_commit = off",
    begin: async (_, run) => {
      await alterDatabase(run, "set synchronous_commit = off");
      await reconnect(run);
    },
    end: async (_, run) => {
      await alterDatabase(run, "reset synchronous_commit");
      await reconnect(run);
    },
    reason: /synchronous_commit = off/,
  },
  {
    name: "a role with synchronous_commit = off",
    begin: async (_, run) => {
      await run("alter role parley set synchronous_commit = off");
      await reconnect(run);
    },
    end: async (_, run) => {
      await run("alter role parley reset synchronous_commit");
      await reconnect(run);
    },
    reason: /synchronous_commit = off/,
  },
  {
    name: "a database that is read-only",
    begin: async (_, run) => {
      await alterDatabase(run, "set default_transaction_read_only = on");
      await reconnect(run);
    },
    end: async (_, run) => {
      await alterDatabase(run, "reset default_transaction_read_only");
      await reconnect(run);
    },
    reason: /default_transaction_read_only = on/,
  },
  {
    name: "a configuration that is changed under open connections",
    begin: async (_, run) => {
      await run("alter system set fsync = off");
      await run("select pg_reload_conf()");
    },
    end: async (_, run) => {
      await run("alter system reset fsync");
      await run("select pg_reload_conf()");
    },
    reason: /fsync = off/,
  },
  {
    name: "a replica, until it is promoted",
    begin: async (server) => {
      const files = await server.copyFiles();
      await server.kill();
      await server.start([], files);
    },
    end: async (_, run) => void await run("select pg_promote()"),
    reason: /in recovery, a replica/,
  },
];

/** What the tests share: a server, and two people who talk. */
async function openStage() {
  const cleanup = new AsyncDisposableStack();
  const postgres = cleanup.use(await startPostgres());
  const config = { kind: "server", url: await postgres.createDatabase() } as const;
  // The test itself is never refused, and what it sets survives the kill that follows.
  const surely = ["set synchronous_commit = on", "set default_transaction_read_only = off"];
  const run: Run = (statement) =>
    postgres.run("psql", config.url, [
      "-qAt",
      ...[...surely, statement].flatMap((each) => ["-c", each]),
    ]);
  const log = createFakeLog();
  const server = cleanup.use(await startTestServer(config, {}, { log }));
  const acknowledged: Acknowledged = new Map();
  const openWire = recordAcknowledged(acknowledged);
  const ann = cleanup.use(await signUp(server.origin, { openWire }));
  const bob = cleanup.use(await signUp(server.origin));
  const room = await befriend(ann, bob);
  for (const { client } of [ann, bob]) await client.thread.open(room);
  const said: string[] = [];
  return { cleanup, postgres, config, run, log, server, acknowledged, ann, bob, room, said };
}

let stage: ReturnType<typeof openStage> | undefined;
Deno.test.afterAll(async () => await (await stage)?.cleanup.disposeAsync());

for (const { name, begin, end, reason } of faults) {
  Deno.test({
    name: `refused, and nothing acknowledged by it: ${name} [postgresql]`,
    ignore,
    // The stage outlives a single test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      stage ??= openStage();
      const { postgres, config, run, log, server, acknowledged, ann, bob, room, said } =
        await stage;
      const say = async (text: string) => {
        said.push(text);
        return await ann.client.thread.send(room, text);
      };
      const isAcknowledged = (ids: readonly Id[]) => ids.every((id) => acknowledged.has(id));
      const stored = async () => Number(await run("select count(*) from messages"));

      const before = await say(`before ${name}`);
      await until("sent before", () => isAcknowledged([before]));
      await begin(postgres, run);
      const count = await stored();
      const logged = log.lines.length;
      const during = [await say(`during ${name}`), await say(`and again during ${name}`)];
      await until("the server tried, and says that it does not serve", async () => {
        const { status, reasons } = await readyz(server.origin);
        const tried = log.lines.slice(logged).some((line) => /^append\./.test(line));
        return tried && status === 503 && reason.test(reasons?.database ?? "");
      });
      const writes = [
        () => ann.client.conversations.setPinned(room, true),
        () => ann.client.me.change({ displayName: "Somebody" }),
      ];
      for (const write of writes) {
        await assert.rejects(write(), (error) => {
          assert.equal(error instanceof ApiError ? error.code : error, "unavailable");
          return true;
        });
      }
      await assert.rejects(openDatabase(config), (error) => {
        assert.ok(error instanceof StartError, String(error));
        assert.match(error.message, /^[^\n]+\(DATABASE_URL\)[^\n]+$/);
        assert.match(error.message, reason);
        return true;
      });
      assert.deepEqual(during.filter((id) => acknowledged.has(id)), [], "none is acknowledged");
      assert.equal(await stored(), count, "and none is stored");
      await end(postgres, run);
      await until("sent after", () => isAcknowledged(during), 20_000);
      await until("ready again", async () => (await readyz(server.origin)).status === 200);

      await using database = await openDatabase(config);
      const rows = await checkLog(database.sql, room);
      assert.deepEqual(rows.slice(1).map(({ text }) => text), said, "once each, and in order");
      for (const { client, username } of [ann, bob]) {
        await until(`${username} has everything`, () => {
          return client.thread.view(room).messages.at(-1)?.seq === rows.length;
        });
        checkView(username, client.thread.view(room).messages, rows);
      }
    },
  });
}

async function readyz(origin: string): Promise<{ status: number; reasons?: Ready["reasons"] }> {
  const answer = await fetch(`${origin}/readyz`);
  const { reasons } = await answer.json() as Ready;
  return { status: answer.status, reasons };
}

type Ready = { reasons?: { database?: string } | undefined };
