/**
 * The moments at which a careless server loses, doubles or leaks a message. For each there is a
 * guard in the code; guards_test.ts takes every one of them out and sees its test fail.
 */
import assert from "node:assert/strict";
import { type Appender, createAppender, type Submission } from "../../chat/appender.ts";
import { createMemberships } from "../../chat/memberships.ts";
import { createMemoryWire } from "../../lib/bus/memory_bus.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import { createLog } from "../../lib/log.ts";
import type { Id, Message } from "../../lib/protocol/model.ts";
import { type Append, createChatStore } from "../../lib/sql/chat_store.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { type Database, openDatabase, type Sql } from "../../lib/sql/open.ts";
import { realTimers } from "../../lib/timers.ts";
import { checkLog } from "../support/check_history.ts";
import { startFaultyProxy } from "../support/faulty_proxy.ts";
import { type DatabaseKind, databaseKinds, testOnDatabases } from "../support/databases.ts";
import { createLossyBus } from "../support/lossy_bus.ts";
import { createCall } from "../support/api_server.ts";
import { connectChat } from "../support/chat_client.ts";
import { within } from "../support/deadline.ts";
import { befriend, signUp, texts, until } from "../support/people.ts";
import { removeMember, seedGroup, seedUser } from "../support/seed.ts";
import { createSeeder, type SeededPerson } from "../support/seeded_person.ts";
import { startTestServer } from "../support/test_server.ts";

const silent = createLog("text", "error", () => {});

/** The appender of one node, with what it published. */
function createNode(
  database: Database,
  through: (append: Append) => Append = (append) => append,
): Appender & { published: Message[] } {
  const published: Message[] = [];
  const store = createChatStore(database);
  const appender = createAppender({
    store: {
      ...store,
      lanes: store.lanes.map((lane) => ({ ...lane, append: through(lane.append) })),
    },
    memberships: createMemberships(store),
    announcer: {
      announce: (message) => void published.push(message),
      [Symbol.dispose]: () => {},
    },
    clock: { now: () => Date.now() },
    log: silent,
    timers: realTimers,
  });
  return { ...appender, published };
}

function submission(conversation: Id, sender: Id, text = "hello"): Submission {
  return { conversation, sender, clientId: newId(), text, connection: newId() };
}

/** Two connections to one database, as two nodes have them. */
async function withNodes(
  kind: DatabaseKind,
  test: (one: Database, two: Database) => Promise<void>,
): Promise<void> {
  await using place = await kind.create();
  await using one = await openDatabase(place.config);
  await migrate(one.sql);
  await using two = await openDatabase(one.share);
  await test(one, two);
}

async function seedRoom(sql: Sql): Promise<{ ann: Id; ben: Id; room: Id }> {
  const ann = await seedUser(sql);
  const ben = await seedUser(sql);
  return { ann, ben, room: await seedGroup(sql, [ann, ben]) };
}

testOnDatabases(
  "retry on another node: stored once, both nodes answer with one position",
  async (kind) => {
    await withNodes(kind, async (one, two) => {
      const { ann, room } = await seedRoom(one.sql);
      const first = createNode(one);
      const second = createNode(two);
      await Promise.all([
        first.append(submission(room, ann)),
        second.append(submission(room, ann)),
      ]);
      const same = submission(room, ann, "sent twice");
      // Both statements have begun when the row comes free, so neither sees the other's message.
      const { held, release } = await holdRow(one.sql, room);
      const answers = Promise.all([first.append(same), second.append(same)]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      release();
      await held;
      const [here, there] = await answers;
      assert.equal(here.seq, there.seq);
      assert.deepEqual([here.duplicate, there.duplicate].sort(), [false, true]);
      assert.equal((await checkLog(one.sql, room)).length, 3);
    });
  },
);

testOnDatabases("removal during a send: refused once the removal has committed", async (kind) => {
  await withNodes(kind, async (one, two) => {
    const { ann, ben, room } = await seedRoom(one.sql);
    const node = createNode(two);
    // Now the node has Ben in its cache.
    await node.append(submission(room, ben));
    const begun = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const removal = removeMember(one.sql, room, ben, () => {
      begun.resolve();
      return mayCommit.promise;
    });
    await begun.promise;
    // This send waits for the row while the removal commits.
    const refused = assert.rejects(
      node.append(submission(room, ben)),
      (error) => error instanceof AppError && error.code === "not-member",
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    mayCommit.resolve();
    await Promise.all([removal, refused]);
    await node.append(submission(room, ann));
    assert.deepEqual((await checkLog(one.sql, room)).map((row) => row.sender), [ben, ann]);
  });
});

testOnDatabases(
  "origin dead between commit and publish: the retry on another node tells everyone",
  async (kind) => {
    await withNodes(kind, async (one, two) => {
      const { ann, room } = await seedRoom(one.sql);
      const dead = createNode(one);
      const alive = createNode(two);
      const message = submission(room, ann);
      await dead.append(message);
      const answer = await alive.append(message);
      assert.equal(answer.duplicate, true);
      await until("the retry was published", () => alive.published.length === 1);
      assert.equal(alive.published[0]?.rev, 1);
      assert.equal(alive.published[0]?.clientId, message.clientId);
    });
  },
);

testOnDatabases("poisoned batch: its neighbours are stored, it alone is refused", async (kind) => {
  await withNodes(kind, async (one) => {
    const { ann, room } = await seedRoom(one.sql);
    const node = createNode(one);
    // The boundary refuses U+0000; this is what would happen if something like it slipped through.
    const outcomes = await Promise.allSettled([
      node.append(submission(room, ann, "before")),
      node.append(submission(room, ann, "poison \0")),
      node.append(submission(room, ann, "after")),
    ]);
    assert.deepEqual(outcomes.map((outcome) => outcome.status), [
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    assert.deepEqual((await checkLog(one.sql, room)).map((row) => row.text), ["before", "after"]);
  });
});

testOnDatabases(
  "unknown commit outcome: asked again until it is known, stored and told once",
  async (kind) => {
    await withNodes(kind, async (one) => {
      const { ann, room } = await seedRoom(one.sql);
      let losses = 0;
      const node = createNode(one, (append) => async (...batch) => {
        const rows = await append(...batch);
        if (losses++ > 2) return rows;
        // Committed, and the answer is lost with the connection.
        throw Object.assign(new Error("write CONNECTION_CLOSED"), { code: "CONNECTION_CLOSED" });
      });
      const answers = await Promise.all([
        node.append(submission(room, ann, "one")),
        node.append(submission(room, ann, "two")),
      ]);
      assert.deepEqual(answers.map(({ seq, duplicate }) => [seq, duplicate]), [[1, false], [
        2,
        false,
      ]]);
      await until("both are told", () => node.published.length === 2);
      assert.deepEqual(node.published.map((message) => message.rev), [1, 2]);
      assert.equal((await checkLog(one.sql, room)).length, 2);
    });
  },
);

testOnDatabases(
  "recall before the answer to a send is known: the recalled text is told to nobody",
  async (kind) => {
    await withNodes(kind, async (one, two) => {
      const { ann, room } = await seedRoom(one.sql);
      const other = createNode(two);
      let lost = false;
      const node = createNode(one, (append) => async (...batch) => {
        const rows = await append(...batch);
        if (lost) return rows;
        lost = true;
        await other.change({ conversation: room, seq: 1, person: ann, action: { do: "recall" } });
        throw Object.assign(new Error("write CONNECTION_CLOSED"), { code: "CONNECTION_CLOSED" });
      });
      const answer = await node.append(submission(room, ann, "a slip"));
      assert.deepEqual([answer.seq, answer.rev, answer.duplicate], [1, 2, false]);
      await until("it is told", () => node.published.length === 1);
      assert.deepEqual([node.published[0]?.text, node.published[0]?.rev], ["", 2]);
    });
  },
);

testOnDatabases(
  "tail loss on the bus: the digest tells the other node within seconds",
  async (kind) => {
    await withTwoServers(kind, async ({ bus, ann, ben, room }) => {
      bus.lose = (envelope) => envelope.kind === "log";
      await ann.client.thread.send(room, "the last word");
      await until("Ben has it", () => texts(ben, room).includes("the last word"), 4_000);
    });
  },
);

testOnDatabases("a node that falls silent: the others ask the database", async (kind) => {
  await withTwoServers(kind, async ({ bus, ann, ben, room }) => {
    // Committed, and then neither the message nor any digest leaves the node.
    bus.lose = () => true;
    await ann.client.thread.send(room, "from a dying node");
    await until("Ben has it", () => texts(ben, room).includes("from a dying node"), 10_000);
  });
});

testOnDatabases(
  "news of ended sessions lost: the other node closes their sockets within five seconds",
  async (kind) => {
    await using place = await kind.create();
    await using database = await openDatabase(place.config);
    // No envelope of one ever comes to the other.
    const [near, far] = [createMemoryWire().open(), createMemoryWire().open()];
    await using one = await startTestServer(database.share, {}, { bus: near });
    await using two = await startTestServer(database.share, {}, { bus: far });
    const begin = createSeeder(one.origin, database.sql);
    const here = await begin();
    const calls = [createCall(one.origin), createCall(two.origin)] as const;
    const connect = async (device: SeededPerson) => {
      const token = await device.token();
      const call = (method: string, path: string, body?: unknown) =>
        calls[1](method, path, { token, body });
      return await connectChat(two, { call });
    };
    const there = [await begin(here.id), await begin(here.id), await begin(here.id)] as const;
    await using stays = await connect(here);
    const ways = [
      { token: await there[0].token(), path: "/sessions/current" },
      { token: await here.token(), path: `/sessions/${there[1].session}` },
      { token: await here.token(), path: "/sessions/others" },
    ];
    const sockets = await Promise.all(there.map(connect));
    for (const { token, path } of ways) {
      const { status } = await calls[0]("DELETE", path, { token });
      assert.equal(status, 204, path);
    }
    for (const [index, { path }] of ways.entries()) {
      const closed = sockets[index]?.closed ?? Promise.reject(new Error("no socket"));
      assert.equal((await within(closed, `the end after ${path}`, 5_000)).code, 4201);
    }
    assert.equal((await stays.ask({ type: "ping" })).type, "pong");
  },
);

Deno.test({
  name: "database connections cut at random while messages are sent: each stored once [postgresql]",
  ignore: databaseKinds[1]?.ignore ?? true,
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    await using place = await (databaseKinds[1] as DatabaseKind).create();
    assert.ok(place.config.kind === "server");
    await using direct = await openDatabase(place.config);
    await migrate(direct.sql);
    const { ann, room } = await seedRoom(direct.sql);
    const url = new URL(place.config.url);
    await using proxy = startFaultyProxy(Number(url.port));
    url.port = new URL(proxy.origin).port;
    await using cut = await openDatabase({ kind: "server", url: url.href });
    const node = createNode(cut);
    const cutting = setInterval(() => proxy.cut(), 60);
    const answers = [];
    for (let round = 0; round < 40; round++) {
      answers.push(
        ...await Promise.all(
          Array.from(
            { length: 10 },
            (_, step) => node.append(submission(room, ann, `${round} ${step}`)),
          ),
        ),
      );
    }
    clearInterval(cutting);
    assert.deepEqual(answers.map((answer) => answer.seq), answers.map((_, index) => index + 1));
    assert.ok(answers.every((answer) => !answer.duplicate));
    assert.equal((await checkLog(direct.sql, room)).length, 400);
  },
});

/** Keeps a conversation's row locked until `release`; `held` ends with the lock. */
async function holdRow(
  sql: Sql,
  room: Id,
): Promise<{ held: Promise<unknown>; release: () => void }> {
  const locked = Promise.withResolvers<void>();
  const wanted = Promise.withResolvers<void>();
  const held = sql.begin(async (tx) => {
    await tx`select from conversations where id = ${room} for update`;
    locked.resolve();
    await wanted.promise;
  });
  await locked.promise;
  return { held, release: wanted.resolve };
}

/** Ann on one node and Ben on another; `bus` is what the first one publishes on. */
async function withTwoServers(
  kind: DatabaseKind,
  test: (parts: {
    bus: ReturnType<typeof createLossyBus>;
    ann: Awaited<ReturnType<typeof signUp>>;
    ben: Awaited<ReturnType<typeof signUp>>;
    room: Id;
  }) => Promise<void>,
): Promise<void> {
  await using place = await kind.create();
  await using database = await openDatabase(place.config);
  const wire = createMemoryWire();
  const bus = createLossyBus(wire.open());
  await using one = await startTestServer(database.share, {}, { bus });
  await using two = await startTestServer(database.share, {}, { bus: wire.open() });
  await using ann = await signUp(one.origin);
  await using ben = await signUp(two.origin);
  const ready = () => [ann, ben].every(({ client }) => client.connection.state().name === "ready");
  await until("both are connected", ready);
  const room = await befriend(ann, ben);
  await ann.client.thread.open(room);
  await ben.client.thread.open(room);
  await ann.client.thread.send(room, "hello");
  await until("the bus works", () => texts(ben, room).length === 1);
  // First contact between the nodes has been made good by now, so only what is tested remains.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await test({ bus, ann, ben, room });
}
