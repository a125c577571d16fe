import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { LIMITS } from "../../../lib/protocol/codes.ts";
import type { Id } from "../../../lib/protocol/model.ts";
import { appendBatch, type AppendRow } from "../../../lib/sql/append.ts";
import { afterFailure } from "../../../lib/sql/failures.ts";
import { readMessages } from "../../../lib/sql/messages.ts";
import type { Sql } from "../../../lib/sql/open.ts";
import { appendEntry } from "../../support/append_entry.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { eventually } from "../../support/deadline.ts";
import { removeMember, seedGroup, seedUser } from "../../support/seed.ts";
import { seedFile } from "../../support/seed_file.ts";
import { somebodyWaits } from "../../support/somebody_waits.ts";

async function setUp(sql: Sql): Promise<{ ann: Id; ben: Id; room: Id }> {
  const ann = await seedUser(sql);
  const ben = await seedUser(sql);
  return { ann, ben, room: await seedGroup(sql, [ann, ben]) };
}

testWithDatabase("appendBatch numbers each conversation densely from 1", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  const other = await seedGroup(sql, [ann]);
  const rows = await appendBatch(
    sql,
    [
      appendEntry(room, ann),
      appendEntry(other, ann),
      appendEntry(room, ben),
      appendEntry(room, ann),
    ],
    new Map([[room, 1], [other, 1]]),
  );
  assert.deepEqual(rows.map((row) => "seq" in row && [row.seq, row.rev]), [[1, 1], [1, 1], [2, 2], [
    3,
    3,
  ]]);
  const [next] = await appendBatch(sql, [appendEntry(room, ben)], new Map([[room, 1]]));
  assert.ok(next?.outcome === "stored" && next.seq === 4);
});

testWithDatabase(
  "appendBatch answers a retry with the first position and makes no hole",
  async ({ sql }) => {
    const { ann, room } = await setUp(sql);
    const versions = new Map([[room, 1]]);
    const clientId = newId();
    const [first] = await appendBatch(sql, [appendEntry(room, ann, { clientId })], versions);
    const rows = await appendBatch(
      sql,
      [
        appendEntry(room, ann, { clientId }),
        appendEntry(room, ann),
        appendEntry(room, ann, { clientId, text: "other" }),
      ],
      versions,
    );
    assert.deepEqual(rows.map((row) => row.outcome), ["duplicate", "stored", "conflict"]);
    assert.ok(first?.outcome === "stored" && rows[0]?.outcome === "duplicate");
    assert.equal(rows[0].seq, first.seq);
    assert.equal(rows[0].id, first.id);
    assert.ok(rows[1]?.outcome === "stored" && rows[1].seq === 2);
  },
);

testWithDatabase("appendBatch lets the first of equal keys in one batch win", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  const clientId = newId();
  const rows = await appendBatch(
    sql,
    [
      appendEntry(room, ann, { clientId, text: "one" }),
      appendEntry(room, ann, { clientId, text: "one" }),
      appendEntry(room, ann, { clientId, text: "two" }),
    ],
    new Map([[room, 1]]),
  );
  assert.deepEqual(rows.map((row) => row.outcome), ["stored", "duplicate", "conflict"]);
});

testWithDatabase("appendBatch knows its own work when it is run again", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  const batch = [appendEntry(room, ann), appendEntry(room, ann)];
  const first = await appendBatch(sql, batch, new Map([[room, 1]]));
  const before = (rows: readonly AppendRow[]) =>
    rows.map((row) => ({ ...row, outcome: "stored-before" }));
  assert.deepEqual(await appendBatch(sql, batch, new Map([[room, 1]])), before(first));
  // As it is now: somebody may have changed it in between.
  await sql`update messages set rev = 3 where conversation_id = ${room} and seq = 1`;
  await sql`update conversations set rev = 3 where id = ${room}`;
  const [changed] = await appendBatch(sql, batch, new Map([[room, 1]]));
  assert.ok(changed?.outcome === "stored-before" && changed.rev === 3);
});

testWithDatabase("appendBatch takes nothing under an old membership", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  await removeMember(sql, room, ben);
  const rows = await appendBatch(sql, [appendEntry(room, ben)], new Map([[room, 1]]));
  assert.deepEqual(rows, [{ outcome: "stale" }]);
  const again = await appendBatch(sql, [appendEntry(room, ann)], new Map([[room, 2]]));
  assert.ok(again[0]?.outcome === "stored" && again[0].seq === 1);
});

testWithDatabase(
  "appendBatch refuses a reply to a message that does not exist",
  async ({ sql }) => {
    const { ann, room } = await setUp(sql);
    const versions = new Map([[room, 1]]);
    assert.deepEqual(
      (await appendBatch(
        sql,
        [appendEntry(room, ann, { replyTo: 1 }), appendEntry(room, ann)],
        versions,
      ))
        .map((row) => row.outcome),
      ["bad-reply", "stored"],
    );
    const [reply] = await appendBatch(sql, [appendEntry(room, ann, { replyTo: 1 })], versions);
    assert.ok(reply?.outcome === "stored" && reply.seq === 2);
  },
);

testWithDatabase("appendBatch keeps every character", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  const text = `quotes " ' \\ {braces}, NULL, 你好 👋🏽\n\t`;
  await appendBatch(sql, [appendEntry(room, ann, { text, mentions: [ann] })], new Map([[room, 1]]));
  const [row] =
    await sql`select text, to_jsonb(mentions) as mentions from messages where conversation_id = ${room}`;
  assert.deepEqual({ ...row }, { text, mentions: [ann] });
});

testWithDatabase("appendBatch tells a retry behind a mistake from the mistake", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  const versions = new Map([[room, 1]]);
  const clientId = newId();
  const [first] = await appendBatch(
    sql,
    [appendEntry(room, ann, { clientId, text: "A" })],
    versions,
  );
  const [mistake, retry] = await appendBatch(
    sql,
    [
      appendEntry(room, ann, { clientId, text: "B" }),
      appendEntry(room, ann, { clientId, text: "A" }),
    ],
    versions,
  );
  assert.equal(mistake?.outcome, "conflict");
  // Tried once more by itself, it is the duplicate that it is.
  assert.equal(retry?.outcome, "stale");
  const [again] = await appendBatch(
    sql,
    [appendEntry(room, ann, { clientId, text: "A" })],
    versions,
  );
  assert.ok(first?.outcome === "stored" && again?.outcome === "duplicate");
  assert.equal(again.seq, first.seq);
});

testWithDatabase("appendBatch refuses every copy of a reply to nothing", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  const wrong = appendEntry(room, ann, { replyTo: 9 });
  const rows = await appendBatch(
    sql,
    [wrong, { ...wrong, id: newId() }, { ...wrong, id: newId() }],
    new Map([[room, 1]]),
  );
  assert.deepEqual(rows.map((row) => row.outcome), ["bad-reply", "bad-reply", "bad-reply"]);
});

testWithDatabase(
  "appendBatch reads no log to find a retry, however little is known of the table",
  async ({ sql, lanes: [lane] }) => {
    assert.ok(lane);
    const { ann, room } = await setUp(sql);
    const read = async () => {
      const [row] = await lane<{ rows: number }[]>`
        select coalesce(sum(pg_stat_get_xact_tuples_fetched(indexrelid)
          + pg_stat_get_tuples_fetched(indexrelid)), 0)::int as rows
        from pg_index where indrelid = 'messages'::regclass`;
      return row?.rows ?? 0;
    };
    const append = (count: number) =>
      appendBatch(
        lane,
        Array.from({ length: count }, () => appendEntry(room, ann)),
        new Map([[room, 1]]),
      );
    await append(500);
    await lane`select pg_stat_force_next_flush()`;
    const before = await read();
    await append(500);
    await lane`select pg_stat_force_next_flush()`;
    assert.ok(await read() - before < 500, `${await read() - before} rows were read`);
  },
);

testWithDatabase(
  "appendBatch that a file is removed from under refuses that one message when it is run again",
  async ({ sql, share }) => {
    // The embedded database runs one statement at a time: nothing is removed from under another.
    if (share.kind !== "server") return;
    const { ann, room } = await setUp(sql);
    const [gone, stays] = [await seedFile(sql, ann), await seedFile(sql, ann)];
    const batch = [
      appendEntry(room, ann, { attachments: [stays.id] }),
      appendEntry(room, ann, { attachments: [stays.id, gone.id] }),
      appendEntry(room, ann),
    ];
    const run = () => appendBatch(sql, batch, new Map([[room, 1]]));
    let first: Promise<unknown> = Promise.resolve();
    await sql.begin(async (tx) => {
      await tx`delete from files where id = ${gone.id}`;
      first = run().catch((error: unknown) => error);
      await eventually(() => somebodyWaits(sql), "the append waits for the file");
    });
    assert.equal(afterFailure(await first), "collision");
    const rows = await run();
    assert.deepEqual(rows.map((row) => "seq" in row ? row.seq : row), [
      1,
      { outcome: "no-file", file: gone.id },
      2,
    ]);
    const held = await sql<{ seq: number; fileId: Id }[]>`
      select seq, file_id from message_files where conversation_id = ${room}`;
    assert.deepEqual(held.map((row) => ({ ...row })), [{ seq: 1, fileId: stays.id }]);
  },
);

testWithDatabase("appendBatch holds each file where it stands in its message", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  const files: Id[] = [];
  // As much as can be said of a file, and beside it.
  const name = "\u{1f4c4}".repeat(LIMITS.fileName);
  const more = { placeholder: "A".repeat(64), waveform: "A".repeat(400) };
  for (let count = 0; count < LIMITS.attachments; count++) {
    files.push((await seedFile(sql, ann, { name, ...more })).id);
  }
  const text = "\u{1f4c4}".repeat(LIMITS.textCharacters);
  const [row] = await appendBatch(
    sql,
    [appendEntry(room, ann, { text, attachments: files })],
    new Map([[room, 1]]),
  );
  assert.ok(row?.outcome === "stored");
  assert.deepEqual(row.attachments?.map(({ id }) => id), files);
  const held = await sql<{ position: number; fileId: Id }[]>`
    select position, file_id from message_files where conversation_id = ${room} and seq = 1
    order by position`;
  assert.deepEqual(held.map(({ position, fileId }) => [position, fileId]), [
    ...files.map((id, index) => [index + 1, id]),
  ]);
  const [message] = await readMessages(sql, [{ conversation: room, seq: 1 }]);
  const bytes = new TextEncoder().encode(JSON.stringify(message)).length;
  assert.ok(bytes < LIMITS.answerBytes / 4, `${bytes} bytes`);
});
