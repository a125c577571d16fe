/** A server that is told to stop ends within 10 s, whatever is away, and answers what it has begun. */
import assert from "node:assert/strict";
import { type Client, createClient } from "../../client/client.ts";
import { openWebSocket, type OpenWire } from "../../client/transport.ts";
import { hashPassword } from "../../lib/passwords.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase } from "../../lib/sql/open.ts";
import { checkLog } from "../support/check_history.ts";
import { within } from "../support/deadline.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";
import { openHttpLine } from "../support/http_line.ts";
import { findNats, type NatsServer, startNats } from "../support/nats_server.ts";
import { until } from "../support/people.ts";
import { freePort } from "../support/ports.ts";
import { findPostgres, type PostgresServer, startPostgres } from "../support/postgres_server.ts";
import { type Acknowledged, recordAcknowledged } from "../support/recording_wire.ts";
import { seedGroup, seedUser } from "../support/seed.ts";
import { createServerProcess, type ServerProcess } from "../support/server_process.ts";

const PASSWORD = "a password for somebody who stays";
/** Milliseconds that a stopped server may take, as the units for systemd expect it. */
const ENDS_WITHIN = 10_000;
const SECRET = "a secret that all servers of this file have";

let shared: Promise<PostgresServer> | undefined;
let bus: Promise<NatsServer> | undefined;
Deno.test.afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
  await (await bus)?.[Symbol.asyncDispose]();
});

type Stage = { postgres: PostgresServer; url: string; login: string; room: Id; log: string[] };

function testDrain(
  name: string,
  environment: Record<string, string>,
  test: (server: ServerProcess, stage: Stage) => Promise<void>,
): void {
  Deno.test({
    name: `drain: ${name}`,
    ignore: findPostgres() === undefined || findNats() === undefined,
    // The database's process outlives a single test; it ends with the file.
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      const postgres = await (shared ??= startPostgres());
      const url = await postgres.createDatabase();
      const { room, login } = await seedPerson(url);
      const log: string[] = [];
      await using server = await createServerProcess({ kind: "server", url }, {
        PARLEY_SECRET: SECRET,
        PARLEY_BUS_URL: `nats://127.0.0.1:${(await (bus ??= startNats())).port}`,
        ...environment,
      }, { onLine: (line) => log.push(line) });
      await server.start();
      await test(server, { postgres, url, login, room, log });
    },
  });
}

/** The exit code, and how long it took. */
async function stop(server: ServerProcess): Promise<{ code: number; took: number }> {
  const begun = performance.now();
  const code = await within(server.stop(), "the server's end", ENDS_WITHIN);
  return { code, took: performance.now() - begun };
}

const encode = (text: string) => new TextEncoder().encode(text);

testDrain(
  "a request that comes slowly is answered, and its connection is closed",
  {},
  async (server) => {
    using line = await openHttpLine(server.port);
    const body = JSON.stringify({ login: "nobody", password: PASSWORD });
    const head = [
      "POST /api/v1/sessions HTTP/1.1",
      `host: 127.0.0.1:${server.port}`,
      "content-type: application/json",
      `content-length: ${body.length}`,
    ];
    await line.write(encode(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 10)}`));
    // It is under way once something that was asked later is answered.
    await (await fetch(`${server.origin}/healthz`)).body?.cancel();
    const ended = stop(server);
    await until("no new connection is taken", async () => await isRefused(server.port));
    await line.write(encode(body.slice(10)));
    const answer = await line.answer();
    assert.equal(answer?.status, 401);
    assert.equal(answer?.headers.get("connection"), "close");
    assert.equal((await ended).code, 0);
  },
);

testDrain("a gate says first that it is not ready, and goes on answering for a while", {
  PARLEY_ROLES: "gate,status,verify",
}, async (server) => {
  const before = await fetch(`${server.origin}/readyz`);
  assert.equal(before.status, 200, await before.text());
  const ended = stop(server);
  await until("it is not ready", async () => {
    const answer = await fetch(`${server.origin}/readyz`);
    const { status } = await answer.json();
    assert.ok(status === "draining" || answer.status === 200, status);
    if (answer.status === 503) assert.equal(answer.headers.get("connection"), "close");
    return answer.status === 503;
  });
  const served = await fetch(`${server.origin}/api/v1/me`);
  await served.body?.cancel();
  assert.equal(served.status, 401, "what is asked is still answered");
  assert.equal((await ended).code, 0);
});

testDrain("a second signal, and a third, change nothing", {}, async (server, { login, room }) => {
  const client = createClient({ origin: server.origin, credentials: "body" });
  try {
    await client.session.signIn(login, PASSWORD);
    await until("connected", () => client.connection.state().name === "ready");
    await client.thread.open(room);
    for (let number = 0; number < 50; number++) await client.thread.send(room, `${number}`);
    const ended = stop(server);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      try {
        Deno.kill(server.pid, signal);
      } catch {
        // It was quicker.
      }
    }
    assert.equal((await ended).code, 0);
  } finally {
    client.close();
  }
});

testDrain("while the database is away, with messages under way", {}, async (server, stage) => {
  const { postgres, login, room, url, log } = stage;
  const client = createClient({ origin: server.origin, credentials: "body" });
  try {
    await client.session.signIn(login, PASSWORD);
    await until("connected", () => client.connection.state().name === "ready");
    await client.thread.open(room);
    await client.thread.send(room, "before");
    await until("it is stored", () => client.thread.view(room).pending.length === 0);
    await postgres.kill();
    await client.thread.send(room, "while it is away");
    await until(
      "it is under way",
      () => log.some((line) => line.includes("append.unknown-outcome")),
    );
    const { took } = await stop(server);
    assert.ok(took < ENDS_WITHIN, `${took} ms`);
    assert.equal(
      client.thread.view(room).pending.length,
      1,
      "what was not stored is not forgotten",
    );
    await postgres.start();
    await server.start();
    client.connection.retryNow();
    await until("it is stored", () => client.thread.view(room).pending.length === 0, 20_000);
  } finally {
    client.close();
  }
  await using database = await openDatabase({ kind: "server", url });
  const stored = await checkLog(database.sql, room);
  assert.deepEqual(stored.map(({ text }) => text), ["before", "while it is away"]);
});

/** Takes connections and never says anything. */
const silent = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
const taken: Deno.Conn[] = [];
Deno.test.afterAll(() => {
  silent.close();
  for (const connection of taken) connection.close();
});

Deno.test.beforeAll(() => {
  (async () => {
    for await (const connection of silent) taken.push(connection);
  })().catch(() => {});
});

testDrain("while the status service hangs", {
  PARLEY_ROLES: "gate,chat,verify",
  PARLEY_STATUS_URL: `http://127.0.0.1:${(silent.addr as Deno.NetAddr).port}`,
}, async (server) => {
  const { code, took } = await stop(server);
  assert.equal(code, 0);
  assert.ok(took < ENDS_WITHIN, `${took} ms`);
});

Deno.test({
  name: "drain: one of two nodes while its database and its bus are silent",
  ignore: findPostgres() === undefined || findNats() === undefined,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    const postgres = await (shared ??= startPostgres());
    const nats = await (bus ??= startNats());
    const url = new URL(await postgres.createDatabase());
    const { room, login } = await seedPerson(url.href);
    await using store = startFaultyProxy(Number(url.port));
    await using wire = startFaultyProxy(nats.port);
    await using cleanup = new AsyncDisposableStack();
    // They are on one machine: it is how they know of each other.
    const dataDir = await Deno.makeTempDir({ prefix: "parley-" });
    cleanup.defer(() => Deno.remove(dataDir, { recursive: true }));
    const log: string[] = [];
    const start = async (id: string, databaseUrl: string, busPort: number) => {
      const port = freePort();
      const node = cleanup.use(
        await createServerProcess({ kind: "server", url: databaseUrl }, {
          PARLEY_SECRET: SECRET,
          PARLEY_BUS_URL: `nats://127.0.0.1:${busPort}`,
          PARLEY_NODE_ID: id,
          PARLEY_NODE_URL: `ws://127.0.0.1:${port}/api/v1/chat`,
        }, { shared: dataDir, port, onLine: (line) => log.push(`${id} ${line}`) }),
      );
      await node.start();
      return node;
    };
    await start("other", url.href, nats.port);
    url.port = String(store.port);
    const node = await start("cut-off", url.href, wire.port);

    const client = await connectAt(node, login);
    cleanup.defer(() => client.close());
    await client.thread.open(room);
    store.stall("there", "back");
    wire.stall("there", "back");
    await client.thread.send(room, "to nobody");
    // Under way until the end: the database is asked who this is.
    const asked = fetch(`${node.origin}/api/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ login, password: PASSWORD }),
    }).then((answer) => answer.body?.cancel(), () => {});
    await (await fetch(`${node.origin}/healthz`)).body?.cancel();
    const { code, took } = await stop(node);
    assert.equal(code, 0, log.join("\n"));
    assert.ok(took < ENDS_WITHIN, `${took} ms`);
    await asked;
  },
});

/** Chance decides which of two nodes a client is sent to. */
async function connectAt(node: ServerProcess, login: string): Promise<Client> {
  for (let tries = 0; tries < 20; tries++) {
    let port = 0;
    const client = createClient({
      origin: node.origin,
      credentials: "body",
      openWire: (url, protocols, listener) => {
        port = Number(new URL(url).port);
        return openWebSocket(url, protocols, listener);
      },
    });
    await client.session.signIn(login, PASSWORD);
    await until("connected", () => client.connection.state().name === "ready", PATIENCE);
    if (port === node.port) return client;
    client.close();
  }
  throw new Error("no client came to this node");
}

/** Milliseconds that many have to connect on a machine that has other things to do. */
const PATIENCE = 60_000;

/** Somebody who can sign in, with a group. */
async function seedPerson(url: string): Promise<{ login: string; room: Id }> {
  await using database = await openDatabase({ kind: "server", url });
  const { sql } = database;
  await migrate(sql);
  const user = await seedUser(sql, await hashPassword(PASSWORD));
  const [row] = await sql<{ username: string }[]>`select username from users where id = ${user}`;
  return { login: row?.username ?? "", room: await seedGroup(sql, [user]) };
}

const WORKERS = 3;
const DEVICES = 9;

testDrain("isolates with clients tell all of them, and lose nothing that was acknowledged", {
  PARLEY_WORKERS: String(WORKERS),
}, async (server, { url, login, room, log }) => {
  await using cleanup = new AsyncDisposableStack();
  const acknowledged: Acknowledged = new Map();
  const isolates = new Set<string>();
  const told = new Set<number>();
  const record = recordAcknowledged(acknowledged);
  const enter = async (device: number) => {
    const openWire: OpenWire = (where, protocols, listener) =>
      record(where, protocols, {
        ...listener,
        text: (data) => {
          const frame = JSON.parse(data);
          if (frame.type === "session.ready") isolates.add(frame.isolate);
          if (frame.type === "node.draining") told.add(device);
          listener.text(data);
        },
      });
    const client = createClient({ origin: server.origin, credentials: "body", openWire });
    cleanup.defer(() => client.close());
    await client.session.signIn(login, PASSWORD);
    await until("connected", () => client.connection.state().name === "ready", PATIENCE);
    await client.thread.open(room);
    return client;
  };
  // The first of them is ready before the others have started.
  await until("all isolates serve", async () => {
    (await enter(DEVICES)).close();
    return isolates.size === WORKERS;
  }, PATIENCE);
  isolates.clear();
  const clients = await Promise.all(Array.from({ length: DEVICES }, (_, device) => enter(device)));
  assert.ok(isolates.size > 1, `all are at ${[...isolates]}`);
  let talking = true;
  const talk = clients.map(async ({ thread }, device) => {
    for (let number = 0; talking; number++) {
      if (thread.view(room).pending.length < 5) await thread.send(room, `${device}: ${number}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  await until("all of them talk", () => acknowledged.size > 5 * DEVICES, PATIENCE);
  const { code, took } = await stop(server);
  talking = false;
  await Promise.all(talk);
  assert.equal(code, 0, log.join("\n"));
  assert.ok(took < ENDS_WITHIN, `${took} ms`);
  assert.equal(told.size, DEVICES, "all were told");
  await using database = await openDatabase({ kind: "server", url });
  const stored = new Map(
    (await checkLog(database.sql, room)).map(({ clientId, seq }) => [clientId, seq]),
  );
  assert.ok(acknowledged.size > 0);
  for (const [clientId, { seq }] of acknowledged) {
    assert.equal(stored.get(clientId), seq, "what was acknowledged is there");
  }
});

async function isRefused(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return false;
  } catch {
    return true;
  }
}
