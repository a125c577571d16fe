/**
 * Many nodes under everything that goes wrong with many nodes: nobody loses a message, sees one twice
 * or in another place than the others, and all is well again soon after the last fault.
 */
import assert from "node:assert/strict";
import type { Id } from "../../lib/protocol/model.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase, type Sql } from "../../lib/sql/open.ts";
import { createCampaign, tell } from "../support/campaign.ts";
import { checkLog, checkView } from "../support/check_history.ts";
import { clusterFaults, lastFault } from "../support/cluster_faults.ts";
import { startCluster } from "../support/cluster.ts";
import { startCodeAsker } from "../support/code_asker.ts";
import { type Crowd, gatherCrowd } from "../support/crowd.ts";
import { runFaults } from "../support/fault_schedule.ts";
import { findNats, startNats } from "../support/nats_server.ts";
import { until } from "../support/people.ts";
import { findPostgres, startPostgres } from "../support/postgres_server.ts";
import { createRandom, type Random } from "../support/random.ts";

const PEOPLE = 300;
const SEATING = { direct: 20, groups: 40, large: 40 };
/** Messages a second, of all together. */
const RATE = 150;
/** Messages that one person may have on their way in a conversation: nobody types faster. */
const PENDING = 10;
/** Milliseconds after the last fault. */
const CONVERGED_WITHIN = 10_000;
const GIVE_UP_AFTER = 60_000;
const LOOK_EVERY = 100;
/** A lease that ended while its node was cut off comes back with the next renewal. */
const PRESENCE_WITHIN = 20_000;

Deno.test({
  name: "a cluster of 8 processes, 300 clients: killed, drained, cut apart, and nothing is lost",
  ignore: findPostgres() === undefined || findNats() === undefined,
  fn: async () => {
    const { seed } = createCampaign("tests/faults/cluster_test.ts", 1);
    const random = createRandom(seed);
    await using postgres = await startPostgres();
    await using nats = await startNats();
    const config = { kind: "server", url: await postgres.createDatabase() } as const;
    await using database = await openDatabase(config);
    const { sql } = database;
    await migrate(sql);
    await using cluster = await startCluster(config, nats.port);
    const log: string[] = [];
    try {
      using crowd = await gatherCrowd(sql, {
        count: PEOPLE,
        seating: SEATING,
        gates: cluster.gates,
        random: createRandom(seed, 1),
      });
      using writing = startWriting(crowd, createRandom(seed, 2));
      using codes = startCodeAsker(cluster.gates, createRandom(seed, 3));
      const world = { cluster, nats, random };
      await runFaults(clusterFaults(world), random, (line) => {
        log.push(`${line} (${crowd.acknowledged.size} acknowledged)`);
      });
      const last = lastFault(world);
      await last.begin();
      await new Promise((resolve) => setTimeout(resolve, last.lasts));
      const sent = await writing.stop();
      const missing = await whoIsBehind(sql, crowd);
      assert.ok(missing.length > 0, `nobody missed anything while ${last.name}`);
      await last.end();
      const over = performance.now();
      const after = await converged(sql, crowd) - over;
      tell(`${sent.size} messages, all there ${(after / 1000).toFixed(1)} s after the last fault`);
      await checkHistories(sql, crowd, sent);
      assert.ok(after <= CONVERGED_WITHIN, `it took ${after} ms`);
      const { 202: given = 0, 503: away = 0, 0: broken = 0, ...wrong } = await codes.stop();
      tell(`codes: ${given} given, ${away} times unavailable, ${broken} connections broken`);
      assert.deepEqual(wrong, {}, "codes are given, or unavailable");
      await until("codes are given again", async () => await codes.ask() === 202);
      await until("contacts see each other", () => everybodyIsOnline(crowd), PRESENCE_WITHIN);
    } catch (error) {
      tell([cluster.logs(), ...log, `again: -- --seed=${seed}`].join("\n"));
      throw error;
    }
  },
});

type Sent = Map<Id, { conversation: Id; sender: Id; number: number }>;

/** Lets people write by turns, in whatever they are in; stopping answers with all that was written. */
function startWriting(crowd: Crowd, random: Random): Disposable & { stop(): Promise<Sent> } {
  const sent: Sent = new Map();
  let writing = true;
  const run = async () => {
    const begun = performance.now();
    for (let number = 1; writing; number++) {
      const { id, client, rooms } = random.pick(crowd.members);
      const conversation = random.pick(rooms);
      if (client.thread.view(conversation).pending.length < PENDING) {
        const clientId = await client.thread.send(conversation, `${number}`);
        sent.set(clientId, { conversation, sender: id, number });
      }
      const due = begun + number * 1000 / RATE;
      const early = due - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    }
  };
  const running = run();
  // Whoever stops it is told.
  running.catch(() => {});
  return {
    stop: async () => {
      writing = false;
      await running;
      return sent;
    },
    [Symbol.dispose]: () => void (writing = false),
  };
}

/** @returns when that was, by `performance.now()` */
async function converged(sql: Sql, crowd: Crowd): Promise<number> {
  const end = performance.now() + GIVE_UP_AFTER;
  while (true) {
    const late = await whoIsBehind(sql, crowd);
    if (late.length === 0) return performance.now();
    if (performance.now() > end) {
      throw new Error(`${late.length} are behind:\n${late.slice(0, 10).join("\n")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** Who has something on its way, or shows less than is stored. */
async function whoIsBehind(sql: Sql, { members }: Crowd): Promise<string[]> {
  const heads = await sql<{ id: Id; seq: number }[]>`select id, seq from conversations`;
  const seqs = new Map(heads.map(({ id, seq }) => [id, seq]));
  return members.flatMap(({ id, client, rooms }) =>
    rooms.flatMap((room) => {
      const { messages, pending } = client.thread.view(room);
      const stored = seqs.get(room) ?? 0;
      if (pending.length === 0 && messages.length === stored) return [];
      const { name } = client.connection.state();
      return [
        `${id} in ${room}: ${messages.length} of ${stored}, ${pending.length} on their way, ${name}`,
      ];
    })
  );
}

/** Whether everybody is told so of all their contacts. */
function everybodyIsOnline({ members }: Crowd): boolean {
  const seen = members.flatMap(({ client }) => client.contacts.view().contacts);
  assert.equal(seen.length, 2 * SEATING.direct);
  return seen.every(({ presence }) => presence?.state === "online");
}

async function checkHistories(sql: Sql, crowd: Crowd, sent: Sent): Promise<void> {
  const logs = new Map<Id, Awaited<ReturnType<typeof checkLog>>>();
  let stored = 0;
  for (const room of crowd.rooms) {
    const log = await checkLog(sql, room);
    logs.set(room, log);
    stored += log.length;
    const last = new Map<Id, number>();
    for (const { sender, clientId } of log) {
      const { number = 0 } = sent.get(clientId) ?? {};
      assert.ok(number > (last.get(sender) ?? 0), "what one person said is in its order");
      last.set(sender, number);
    }
  }
  assert.equal(stored, sent.size, "what was written is stored, once");
  // Where the connection went with the answer, the log itself told.
  for (const [clientId, { conversation, seq }] of crowd.acknowledged) {
    const found = logs.get(conversation)?.[seq - 1]?.clientId;
    assert.equal(found, clientId, "what was acknowledged is where it was said to be");
  }
  for (const { id, client, rooms } of crowd.members) {
    for (const room of rooms) {
      checkView(id, client.thread.view(room).messages, logs.get(room) ?? []);
    }
  }
}
