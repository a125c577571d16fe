/** Isolates that share a port, in this process; tests/main_test.ts has them in one of their own. */
import assert from "node:assert/strict";
import { startIsolates } from "../../isolates/start_all.ts";
import type { Config } from "../../lib/config.ts";
import { StartError } from "../../lib/errors.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { befriend, createCall, type Person, signUp } from "../support/api_server.ts";
import { type ChatClient, connectChat, isType } from "../support/chat_client.ts";
import { copyTemplate } from "../support/databases.ts";
import { eventually } from "../support/deadline.ts";
import { createFakeLog } from "../support/fake_services.ts";
import { findPostgres, startPostgres } from "../support/postgres_server.ts";
import { testConfig } from "../support/test_server.ts";

const MORTAL = new URL("../support/mortal_isolate.ts", import.meta.url);
const NAMES = ["node-1.1", "node-1.2", "node-1.3"];

async function withConfig(run: (config: Config) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "parley-" });
  try {
    await copyTemplate(dataDir);
    const config = testConfig({ kind: "embedded", directory: dataDir }, {
      dataDir,
      workers: NAMES.length,
      kvPath: `${dataDir}/kv.sqlite`,
    });
    await run({ ...config, node: { ...config.node, id: "node-1" } });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Connects until the system has sent a connection to the isolate of this name. */
async function connectAt(port: number, person: Person, isolate: string): Promise<ChatClient> {
  for (let tries = 0; tries < 100; tries++) {
    const client = await connectChat({ port }, person);
    if (String(client.frames[0]?.isolate) === isolate) return client;
    await client[Symbol.asyncDispose]();
  }
  throw new Error(`no connection came to ${isolate}`);
}

async function say(
  from: ChatClient,
  to: readonly ChatClient[],
  conversation: string,
  text: string,
) {
  const answer = await from.ask<"message.send">({
    type: "message.send",
    conversation,
    clientId: crypto.randomUUID(),
    kind: "text",
    text,
  });
  assert.ok(isType(answer, "ok"), JSON.stringify(answer));
  for (const client of to) {
    await client.find((frame) => String(frame.message?.text) === text, `"${text}"`);
  }
}

Deno.test("startIsolates serves people on any of them, and goes on when one dies", () =>
  withConfig(async (config) => {
    const log = createFakeLog();
    await using server = await startIsolates(config, { log, module: MORTAL });
    assert.match(server.report, /^ {2}isolates +node-1\.1 to node-1\.3$/m);
    // The others would share it with these.
    await assert.rejects(startIsolates({ ...config, port: server.port }, { log }), /is taken/);
    const call = createCall(`http://127.0.0.1:${server.port}`);
    // By requests that come to any of them: the mail of one is in the mailbox of all.
    const [ann, ben] = [await signUp({ call }), await signUp({ call })];
    const conversation = await befriend(ann, ben);
    await using one = await connectAt(server.port, ann, "node-1.1");
    await using two = await connectAt(server.port, ben, "node-1.2");
    await using three = await connectAt(server.port, ben, "node-1.3");
    await say(one, [two, three], conversation, "from the first");
    await say(three, [one, two], conversation, "from the third");

    const deaths = new BroadcastChannel("deaths of isolates");
    deaths.postMessage("node-1.2");
    await two.closed;
    deaths.close();
    await say(one, [three], conversation, "to those who are left");
    await eventually(() => log.lines.includes("isolate.started node-1.2"), "the next life");
    assert.match(log.lines[0] ?? "", /^isolate\.died node-1\.2 .*told to die/);
    await using again = await connectAt(server.port, ben, "node-1.2");
    await say(one, [again, three], conversation, "to all of them again");
  }));

Deno.test("startIsolates fails as a server does that cannot start", () =>
  withConfig(async (config) => {
    const log = createFakeLog();
    const started = startIsolates({ ...config, kvPath: "/nonexistent/kv.sqlite" }, { log });
    await assert.rejects(started, (error) => {
      assert.ok(error instanceof StartError);
      assert.match(error.message, /^cannot open the key-value store \/nonexistent\/kv\.sqlite/);
      return true;
    });
    // Nothing is left behind that would keep another from starting.
    await using _server = await startIsolates(config, { log });
    assert.deepEqual(log.lines, []);
  }));

/** Starts and stops without opening anything. */
const IDLE = new URL(
  "data:text/javascript,self.onmessage = ({ data }) => " +
    "self.postMessage('start' in data ? { port: 1 } : { stopped: true });",
);

Deno.test({
  name: "startIsolates keeps no connection to a database server, which each isolate has its own to",
  ignore: findPostgres() === undefined,
  fn: async () => {
    await using postgres = await startPostgres();
    const url = await postgres.createDatabase();
    const config = testConfig({ kind: "server", url }, { workers: 2 });
    const log = createFakeLog();
    await using _server = await startIsolates(config, { log, module: IDLE });
    await using own = await openDatabase({ kind: "server", url });
    const [row] = await own.sql<{ migrated: boolean }[]>`
      select to_regclass('messages') is not null as migrated`;
    assert.equal(row?.migrated, true, "it is up to date");
    await eventually(async () => {
      const [row] = await own.sql<{ others: number }[]>`
        select count(*)::int as others from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
      // What this test opened itself.
      return row?.others === own.lanes.length + 1;
    }, "its connections are closed");
  },
});
