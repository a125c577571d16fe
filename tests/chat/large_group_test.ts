/**
 * A group of 5,000, of whom 1,000 are online over real sockets to a server in a process of its own,
 * takes 100 messages a second: each reaches the last of them soon, and the database hears of each
 * batch once and of no member at all.
 */
import assert from "node:assert/strict";
import { clientNumber, isMessage } from "../../bench/generator/scan.ts";
import { inParallel, openPeerPatiently, type Peer } from "../../bench/generator/peer.ts";
import { createLatencies } from "../../bench/generator/latencies.ts";
import { inventCast, SECRET, seedCast } from "../../bench/seed.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import { openDatabase, type Sql } from "../../lib/sql/open.ts";
import { tell } from "../support/campaign.ts";
import { databaseKinds } from "../support/databases.ts";
import { eventually } from "../support/deadline.ts";
import { createServerProcess } from "../support/server_process.ts";
import { startStatementProxy } from "../support/statement_proxy.ts";
import { withinOption } from "../support/within_option.ts";

const MEMBERS = 5_000;
const ONLINE = 1_000;
const SENDERS = 4;
const PER_SECOND = 100;
const SECONDS = 10;
/**
 * Milliseconds until the last member has it, for 99 of 100 messages. 100 is the aim, and what a machine
 * that does nothing else reaches: `deno test … -- --within=100`. One that is shared, and that counts
 * coverage in the process that receives all of it, gets enough to notice a server that falls behind.
 */
const WITHIN = withinOption(3_000);
/** A machine that is busy for some seconds may try again. */
const TRIES = 2;
/** What a node asks at regular times, whatever happens: far fewer than there are messages. */
const POLLS = 40;

const postgres = databaseKinds.find(({ name }) => name === "postgresql");

Deno.test({
  name: "a group of 5,000 with 1,000 online takes 100 messages a second, by one write a batch",
  ignore: postgres?.ignore ?? true,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assert.ok(postgres !== undefined);
    await using place = await postgres.create();
    await using database = await openDatabase(place.config);
    const { sql } = database;
    await migrate(sql);
    const { people, conversations: [group] } = await seedCast(
      sql,
      inventCast(MEMBERS, "group"),
      "group",
    );
    assert.ok(group !== undefined);
    await using proxy = await startStatementProxy(place.config);
    await using server = await createServerProcess(proxy.config, { PARLEY_SECRET: SECRET });
    await server.start();

    // Row by row of what is sent: how many have it, and since when the last of them.
    const total = TRIES * PER_SECOND * SECONDS;
    const series = crypto.randomUUID().slice(0, 24);
    const arrived = new Int32Array(total);
    const lastAt = new Float64Array(total);
    const dueAt = new Float64Array(total);
    const wrong: string[] = [];
    const decoder = new TextDecoder();
    const peers: Peer[] = [];
    let closing = false;
    const address = { hostname: "127.0.0.1", port: server.port };
    await inParallel(people.slice(0, ONLINE), 32, async (person, index) => {
      peers[index] = await openPeerPatiently({ address, tickets: true }, person, {
        frame: (payload) => {
          if (isMessage(payload)) {
            const row = clientNumber(payload);
            arrived[row] = (arrived[row] ?? 0) + 1;
            lastAt[row] = performance.now();
          } else {
            const frame = JSON.parse(decoder.decode(payload));
            if (frame.type !== "ok" && frame.type !== "head") wrong.push(JSON.stringify(frame));
          }
        },
        closed: (code) => {
          if (!closing) wrong.push(`closed with ${code}`);
        },
      });
    });

    let sent = 0;
    const send = (due: number) => {
      const row = sent++;
      dueAt[row] = due;
      peers[row % SENDERS]?.wire.send(JSON.stringify({
        type: "message.send",
        ref: row + 1,
        conversation: group.id,
        clientId: series + row.toString(16).padStart(12, "0"),
        kind: "text",
        text: "Shall we meet at the station at half past six? 我带伞，你带书。",
      }));
    };
    /** Sends for some seconds, and says how long the last member waited. */
    const measure = async (seconds: number) => {
      const first = sent;
      const begun = performance.now();
      const end = first + seconds * PER_SECOND;
      const due = (row: number) => begun + (row - first) * 1000 / PER_SECOND;
      while (sent < end) {
        while (sent < end && due(sent) <= performance.now()) send(due(sent));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const all = () => arrived.subarray(first, sent).every((count) => count >= ONLINE - 1);
      await eventually(all, "the delivery to everybody who is online", 20_000);
      const latencies = createLatencies();
      for (let row = first; row < sent; row++) {
        latencies.add((lastAt[row] ?? NaN) - (dueAt[row] ?? NaN));
      }
      return latencies.summary();
    };

    // A connection tells the statistics what it did up to ten seconds later.
    const seeded = async () => (await readWork(sql)).membersChanged >= MEMBERS;
    await eventually(seeded, "the count of the members", 20_000);
    const before = await readWork(sql);
    const since = proxy.executed.length;
    let latency = await measure(SECONDS);
    for (let tried = 1; tried < TRIES && !((latency?.p99 ?? Infinity) <= WITHIN); tried++) {
      latency = await measure(SECONDS);
    }
    const executed = proxy.executed.slice(since);
    assert.deepEqual(wrong, []);
    assert.deepEqual([...new Set(arrived.subarray(0, sent))], [ONLINE - 1]);

    const appends = executed.filter((statement) => statement.includes("insert into messages"));
    await eventually(
      async () => (await readWork(sql)).messagesAdded - before.messagesAdded >= sent,
      "the count of the messages",
      20_000,
    );
    closing = true;
    for (const peer of peers) peer.wire.cut();
    const after = await readWork(sql);
    const work = Object.fromEntries(
      Object.entries(before).map(([what, count]) => [what, after[what as keyof Work] - count]),
    );
    tell(
      `${sent} messages to ${ONLINE} of ${MEMBERS}, the last has it after ` +
        `p50 ${latency?.p50.toFixed(1)} ms, p99 ${latency?.p99.toFixed(1)} ms; ` +
        `${appends.length} appends, ${executed.length - appends.length} other statements`,
    );
    assert.deepEqual(work, {
      messagesAdded: sent,
      messagesChanged: 0,
      // Once by each batch.
      conversationsChanged: appends.length,
      membersChanged: 0,
    });
    assert.ok(appends.length <= sent, `${appends.length} appends of ${sent} messages`);
    assert.ok(
      executed.length - appends.length <= POLLS,
      [...new Set(executed)].map((statement) => statement.trim().slice(0, 80)).join("\n"),
    );
    assert.ok((latency?.p99 ?? Infinity) <= WITHIN, `p99 ${latency?.p99} ms`);
  },
});

/** Rows that were written since the database began. */
type Work = {
  messagesAdded: number;
  messagesChanged: number;
  conversationsChanged: number;
  membersChanged: number;
};

async function readWork(sql: Sql): Promise<Work> {
  const changed = (table: string) =>
    sql`sum(n_tup_upd + n_tup_del) filter (where relname = ${table})::bigint`;
  const [work] = await sql<Work[]>`
    select sum(n_tup_ins) filter (where relname = 'messages')::bigint as messages_added,
      ${changed("messages")} as messages_changed,
      ${changed("conversations")} as conversations_changed,
      (sum(n_tup_ins + n_tup_upd + n_tup_del) filter (where relname = 'members'))::bigint
        as members_changed
    from pg_stat_user_tables`;
  assert.ok(work !== undefined);
  return work;
}
