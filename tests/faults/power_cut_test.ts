/**
 * Cuts the power under the embedded database, at moments chosen by a seed, and looks what is left.
 * See recorded_disk.ts for what a cut may leave.
 */
import assert from "node:assert/strict";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";
import { appendBatch } from "../../lib/sql/append.ts";
import { migrate } from "../../lib/sql/migrate.ts";
import type { Database } from "../../lib/sql/open.ts";
import { checkLog } from "../support/check_history.ts";
import { createWorkplace, openHere } from "../support/recorded_database.ts";
import { leaveNothing, leaveSome, type RecordedDisk } from "../support/recorded_disk.ts";
import { seedGroup, seedUser } from "../support/seed.ts";
import { seededRandom } from "../support/seeded_random.ts";

const BATCHES = 40;
const CHECKPOINT_EVERY = 9;
/** Cuts just after an answer, where nothing may be missing, and cuts anywhere. */
const CUTS_AFTER_ANSWERS = 6;
const CUTS_ANYWHERE = 6;

/** What the database has promised by answering. */
type Promised = { messages: { clientId: Id; seq: number }[] } | { table: string; rows: number };

Deno.test("power cut: everything acknowledged is there, whatever was not synced [embedded]", async () => {
  const seed = Number(Deno.env.get("POWER_CUT_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const random = seededRandom(seed);
  await using place = await createWorkplace(false);
  const { disk } = place;
  let room: Id;
  {
    await using database = await openHere(place.data);
    assert.deepEqual(disk.unsynced(), [], "what was there before is synced when it is opened");
    room = await work(database, disk, random);
  }

  const answers = disk.events.flatMap(({ kind }, index) => kind === "mark" ? [index + 1] : []);
  const first = answers[0] ?? 0;
  assert.ok(disk.events.length > first + 1_000, "there is something to cut");
  const cuts = [
    ...Array.from({ length: CUTS_AFTER_ANSWERS }, () => ({
      count: answers[Math.floor(random() * answers.length)] ?? first,
      leave: leaveNothing,
    })),
    ...Array.from({ length: CUTS_ANYWHERE }, () => ({
      count: first + Math.floor(random() * (disk.events.length - first)),
      leave: leaveSome(random),
    })),
  ];
  for (const { count, leave } of cuts) {
    const data = place.newFolder();
    disk.cut(data, count, leave);
    const promised = disk.events.slice(0, count)
      .flatMap((event) => event.kind === "mark" ? [event.mark as Promised] : []);
    try {
      await using database = await openHere(data);
      await check(database, room, promised);
    } catch (error) {
      const command = `POWER_CUT_SEED=${seed} deno test -A tests/faults/power_cut_test.ts`;
      throw new Error(`after a cut at event ${count}; again: ${command}`, { cause: error });
    }
    await Deno.remove(data, { recursive: true });
  }
});

/** Appends, new tables, checkpoints and maintenance, each marked when it has been answered. */
async function work(database: Database, disk: RecordedDisk, random: () => number): Promise<Id> {
  const { sql, lanes: [lane] } = database;
  assert.ok(lane);
  await migrate(sql);
  const sender = await seedUser(sql);
  const room = await seedGroup(sql, [sender]);
  const versions = new Map([[room, 1]]);
  disk.mark({ messages: [] } satisfies Promised);
  for (let batch = 1; batch <= BATCHES; batch++) {
    const entries = Array.from({ length: 1 + Math.floor(random() * 40) }, () => ({
      id: newId(),
      conversation: room,
      sender,
      clientId: newId(),
      kind: "text" as const,
      // Of any length: the log's records end anywhere in a page.
      text: newId().repeat(1 + Math.floor(random() * 60)),
      replyTo: undefined,
      mentions: undefined,
      mentionsAll: undefined,
    }));
    const rows = await appendBatch(lane, entries, versions);
    const messages = rows.map((row, index) => {
      assert.ok(row.outcome === "stored");
      return { clientId: entries[index]?.clientId ?? "", seq: row.seq };
    });
    disk.mark({ messages } satisfies Promised);
    if (batch % CHECKPOINT_EVERY === 0) {
      // Not logged after the checkpoint: their files and names must be on disk by then.
      const table = `table_${batch}`;
      await sql.unsafe(`create table ${table} as select * from generate_series(1, ${batch})`);
      await sql.unsafe("checkpoint");
      disk.mark({ table, rows: batch } satisfies Promised);
    }
    // A new segment of the log, which is a new file or an old one under a new name.
    if (batch % 7 === 0) await sql`select pg_switch_wal()`;
    if (batch % 11 === 0) await sql.unsafe("vacuum (analyze) messages");
  }
  return room;
}

async function check(
  { sql }: Database,
  room: Id,
  promised: readonly Promised[],
): Promise<void> {
  const log = await checkLog(sql, room);
  for (const promise of promised) {
    if ("table" in promise) {
      const [row] = await sql<{ count: number }[]>`
        select count(*) as count from ${sql(promise.table)}`;
      assert.equal(row?.count, promise.rows, promise.table);
    } else {
      for (const { clientId, seq } of promise.messages) {
        assert.equal(log[seq - 1]?.clientId, clientId, `message ${seq} is there`);
      }
    }
  }
}

Deno.test("power cut: a new database is whole or not there [embedded]", async () => {
  await using place = await createWorkplace(true);
  const { disk } = place;
  {
    await using _database = await openHere(place.data);
    disk.mark("open");
  }
  const opened = disk.events.findIndex(({ kind }) => kind === "mark");
  const moved = disk.events.findIndex((event) =>
    event.kind === "rename" && event.toName === "postgres"
  );
  assert.ok(0 < moved && moved < opened);
  const random = seededRandom(1);
  for (const count of [Math.floor(moved / 2), moved, moved + 1, opened]) {
    // One that keeps every name and nothing in the files, and one that loses what it can.
    for (const leave of [{ ...leaveSome(random), writes: () => [] }, leaveNothing]) {
      const data = place.newFolder();
      disk.cut(data, count, leave);
      const names = [...Deno.readDirSync(data)].map(({ name }) => name);
      if (count === opened) assert.ok(names.includes("postgres"));
      if (names.includes("postgres")) {
        await using database = await openHere(data);
        await migrate(database.sql);
      }
      await Deno.remove(data, { recursive: true });
    }
  }
});

Deno.test("a sync that fails is no answer, and nothing is written after it [embedded]", async () => {
  await using place = await createWorkplace(false);
  const { disk } = place;
  const failures: string[] = [];
  {
    await using database = await openHere(place.data, (reason) => void failures.push(reason));
    const { sql, lanes: [lane] } = database;
    assert.ok(lane);
    await sql`create table notes (text text)`;
    await lane`insert into notes values ('kept')`;
    disk.refuse((path) => path.includes("/pg_wal/"));
    await assert.rejects(lane`insert into notes values ('lost')`, { code: "CONNECTION_CLOSED" });
    assert.match(failures.join(), /cannot be synced/);
    disk.refuse(() => false);
    const written = disk.events.length;
    await assert.rejects(lane`insert into notes values ('after')`);
    await assert.rejects(sql`select * from notes`);
    assert.equal(disk.events.length, written);
    assert.equal(failures.length, 1);
  }
  const data = place.newFolder();
  disk.cut(data, disk.events.length, leaveNothing);
  await using database = await openHere(data);
  assert.deepEqual([...await database.sql`select text from notes`], [{ text: "kept" }]);
});
