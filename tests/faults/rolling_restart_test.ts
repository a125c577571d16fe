/**
 * Three nodes over one PostgreSQL and one NATS server, and people who talk all the time: the nodes are
 * restarted one after the other, then one is killed. Nobody notices but by a moment.
 */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase, type Sql } from "../../lib/sql/open.ts";
import { insertSession } from "../../lib/sql/sessions.ts";
import { createTokens } from "../../lib/tokens.ts";
import { tell } from "../support/campaign.ts";
import { checkLog, checkView } from "../support/check_history.ts";
import { findNats, startNats } from "../support/nats_server.ts";
import { until } from "../support/people.ts";
import { freePort } from "../support/ports.ts";
import { findPostgres, startPostgres } from "../support/postgres_server.ts";
import { type Acknowledged, recordAcknowledged } from "../support/recording_wire.ts";
import { seedGroup } from "../support/seed.ts";
import { seedCrowd } from "../support/seed_groups.ts";
import { createServerProcess, type ServerProcess } from "../support/server_process.ts";
import { TEST_SECRET } from "../support/test_server.ts";
import { createWatched, type Watched } from "../support/watched_client.ts";

const NODES = 3;
const PEOPLE = 42;
const ROOMS = 14;
/** Milliseconds between two things that one person does. */
const ACTS_EVERY = 400;
/** Messages that one person has on the way at most, in a conversation. */
const PENDING = 5;

/** Milliseconds over which its clients leave a node, at least where there is another one. */
const LEAVES_FOR = 2_000;
/** Milliseconds that a stopped node has, and the clients of a killed one. */
const ENDS_WITHIN = 10_000;
const BACK_WITHIN = 5_000;
/** For a machine that has other things to do: of three nodes on two processors, none is quick. */
const SLACK = 10_000;
const PATIENCE = 60_000;

type Room = { id: Id; members: readonly Id[] };
type Person = Watched & { readonly rooms: readonly Id[] };

Deno.test({
  name:
    "a rolling restart of three nodes under load, and the loss of one, lose nothing and show no error",
  ignore: findPostgres() === undefined || findNats() === undefined,
  fn: async () => {
    await using postgres = await startPostgres();
    await using nats = await startNats();
    const url = await postgres.createDatabase();
    await using database = await openDatabase({ kind: "server", url });
    const { sql } = database;
    await migrate(sql);
    await using cleanup = new AsyncDisposableStack();
    const nodes = await startNodes(cleanup, url, nats.port);
    const acknowledged: Acknowledged = new Map();
    const { people, rooms } = await gather(cleanup, sql, nodes, acknowledged);
    await using talk = startTalking(people);
    const everybodyTalks = async () => {
      const before = acknowledged.size;
      await until("everybody talks", () => acknowledged.size > before + PEOPLE, PATIENCE);
    };

    for (const [index, node] of nodes.entries()) {
      await everybodyTalks();
      const begun = performance.now();
      const code = await node.stop();
      const took = performance.now() - begun;
      assert.equal(code, 0, `node ${index + 1} ends in good order`);
      assert.ok(took >= LEAVES_FOR, `node ${index + 1} gave its clients ${took} ms to leave`);
      assert.ok(took <= ENDS_WITHIN, `node ${index + 1} took ${took} ms`);
      await allReady(people);
      tell(`node ${index + 1} ended in ${seconds(took)}`);
      await node.start();
    }
    const problems = () => people.flatMap((person) => person.problems);
    assert.deepEqual(problems(), [], "nobody was shown an error");
    const longest = Math.max(...people.map((person) => person.longestGap()));
    tell(`nobody was without a node for more than ${seconds(longest)}`);
    assert.ok(longest <= BACK_WITHIN + SLACK, `somebody was without a node for ${longest} ms`);

    const [victim] = nodes;
    assert.ok(victim !== undefined);
    const there = () => people.filter(({ port }) => port() === victim.port);
    // Whoever loses a node goes to another one: half of all lose theirs until some are there.
    await until("the first node has clients again", async () => {
      for (const { cut } of people.slice(0, PEOPLE / 2)) cut();
      await allReady(people);
      return there().length > 5;
    }, PATIENCE);
    await everybodyTalks();
    const lost = there();
    const begun = performance.now();
    await victim.kill();
    await until(
      "they are at other nodes",
      () =>
        lost.every(({ client, port }) =>
          client.connection.state().name === "ready" && port() !== victim.port
        ),
      BACK_WITHIN + SLACK,
    );
    const took = performance.now() - begun;
    tell(
      `${lost.length} clients of the node that was killed were at others after ${seconds(took)}`,
    );
    await everybodyTalks();

    const written = await talk.stop();
    await until("everything is acknowledged", () => pendingOf(people) === 0, PATIENCE);
    await until("everybody has everything", () => isConverged(sql, people), PATIENCE);
    for (const { id, members } of rooms) {
      const log = await checkLog(sql, id);
      assert.equal(log.length, written.get(id), "each message is there once");
      for (const person of people.filter((person) => members.includes(person.id))) {
        checkView(person.id, person.client.thread.view(id).messages, log);
      }
      const stored = new Map(log.map((row) => [row.clientId, row.seq]));
      for (const [clientId, { conversation, seq }] of acknowledged) {
        if (conversation === id) assert.equal(stored.get(clientId), seq, "it is where it was said");
      }
    }
    assert.deepEqual(problems(), [], "nobody was shown an error, even by a node that was killed");
    tell(`${acknowledged.size} messages`);
  },
});

async function startNodes(
  cleanup: AsyncDisposableStack,
  url: string,
  bus: number,
): Promise<ServerProcess[]> {
  const shared = await Deno.makeTempDir({ prefix: "parley-" });
  cleanup.defer(() => Deno.remove(shared, { recursive: true }));
  const nodes = await Promise.all(Array.from({ length: NODES }, async (_, index) => {
    const port = freePort();
    const node = await createServerProcess({ kind: "server", url }, {
      PARLEY_SECRET: TEST_SECRET,
      PARLEY_BUS_URL: `nats://127.0.0.1:${bus}`,
      PARLEY_NODE_ID: `node-${index + 1}`,
      PARLEY_NODE_URL: `ws://127.0.0.1:${port}/api/v1/chat`,
    }, { shared, port, onLine: () => {} });
    return cleanup.use(node);
  }));
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

/** Signs everybody in, and lets each look at what they are in. */
async function gather(
  cleanup: AsyncDisposableStack,
  sql: Sql,
  nodes: readonly ServerProcess[],
  acknowledged: Acknowledged,
): Promise<{ people: Person[]; rooms: Room[] }> {
  const ids = await seedCrowd(sql, PEOPLE);
  const tokens = createTokens(TEST_SECRET, { now: () => Date.now() });
  const rooms: Room[] = [];
  for (let index = 0; index < ROOMS; index++) {
    const members = ids.filter((_, person) =>
      person % ROOMS === index || Math.floor(person / (PEOPLE / ROOMS)) === index
    );
    rooms.push({ id: await seedGroup(sql, members), members });
  }
  const gates = nodes.map(({ origin }) => origin);
  const people = await Promise.all(ids.map(async (id): Promise<Person> => {
    const session = newId();
    await insertSession(sql, { id: session, userId: id, device: "", ip: "" });
    const token = tokens.issueRefresh({ session, generation: 1 });
    const watched = await createWatched(gates, token, recordAcknowledged(acknowledged));
    cleanup.use(watched);
    const own = rooms.filter(({ members }) => members.includes(id)).map((room) => room.id);
    await until("connected", () => watched.client.connection.state().name === "ready", PATIENCE);
    for (const room of own) await watched.client.thread.open(room);
    return { ...watched, rooms: own };
  }));
  return { people, rooms };
}

/** Lets everybody write, react, and now and then change a setting and look for somebody. */
function startTalking(people: readonly Person[]): AsyncDisposable & {
  /** How many messages were written in each conversation. */
  stop(): Promise<Map<Id, number>>;
} {
  let talking = true;
  const written = new Map<Id, number>();
  const talk = async ({ client, rooms, attempt }: Person, who: number) => {
    for (let step = 0; talking; step++) {
      const room = rooms[step % rooms.length] ?? "";
      const { pending, messages } = client.thread.view(room);
      if (pending.length < PENDING) {
        await client.thread.send(room, `${who}: ${step}`);
        written.set(room, (written.get(room) ?? 0) + 1);
      }
      const seq = messages.at(-1)?.seq;
      if (step % 5 === 1 && seq !== undefined) {
        await attempt("react", () => client.thread.react(room, seq, "👍", true));
      }
      if (step % 5 === 2) await attempt("search", () => client.contacts.search("person"));
      if (step % 5 === 3) {
        await attempt("pin", () => client.conversations.setPinned(room, step % 2 === 0));
      }
      await new Promise((resolve) => setTimeout(resolve, ACTS_EVERY * (0.5 + Math.random())));
    }
  };
  const all = Promise.all(people.map(talk));
  const stop = async () => {
    talking = false;
    await all;
    return written;
  };
  return { stop, [Symbol.asyncDispose]: async () => void await stop() };
}

async function allReady(people: readonly Person[]): Promise<void> {
  const ready = ({ client }: Person) => client.connection.state().name === "ready";
  await until("everybody is connected", () => people.every(ready), PATIENCE).catch((error) => {
    const away = people.filter((person) => !ready(person));
    const states = away.map(({ client, port }) =>
      `${port()} ${JSON.stringify(client.connection.state())}`
    );
    throw new Error(`${error.message}: ${states.join(", ")}`);
  });
}

function pendingOf(people: readonly Person[]): number {
  return people.reduce(
    (sum, { client, rooms }) =>
      sum + rooms.reduce((own, room) => own + client.thread.view(room).pending.length, 0),
    0,
  );
}

async function isConverged(sql: Sql, people: readonly Person[]): Promise<boolean> {
  const rows = await sql<{ id: Id; seq: number; rev: number }[]>`
    select id, seq, rev from conversations`;
  const heads = new Map(rows.map(({ id, seq, rev }) => [id, `${seq} ${rev}`]));
  return people.every(({ client, rooms }) =>
    rooms.every((room) => {
      const { messages } = client.thread.view(room);
      const rev = Math.max(0, ...messages.map((message) => message.rev));
      return heads.get(room) === `${messages.length} ${rev}`;
    })
  );
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
