import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { LIMITS } from "../../../lib/protocol/codes.ts";
import type { Id, Message } from "../../../lib/protocol/model.ts";
import { appendBatch } from "../../../lib/sql/append.ts";
import { appendEvent } from "../../../lib/sql/append_event.ts";
import {
  type ChangeAction,
  changeBatch,
  type ChangeEntry,
  type ChangeRow,
} from "../../../lib/sql/change.ts";
import { readChanges } from "../../../lib/sql/messages.ts";
import { openDatabase, type Sql } from "../../../lib/sql/open.ts";
import { migrate } from "../../../lib/sql/migrate.ts";
import { appendEntry } from "../../support/append_entry.ts";
import { testOnDatabases, testWithDatabase } from "../../support/databases.ts";
import { removeMember, seedGroup, seedUser } from "../../support/seed.ts";

type Room = { ann: Id; ben: Id; room: Id };

/** A group of two, in which Ann has said one thing. */
async function setUp(sql: Sql): Promise<Room> {
  const ann = await seedUser(sql);
  const ben = await seedUser(sql);
  const room = await seedGroup(sql, [ann, ben]);
  await appendBatch(sql, [appendEntry(room, ann, { text: "hello" })], new Map([[room, 1]]));
  return { ann, ben, room };
}

function entry(
  conversation: Id,
  actor: Id,
  action: ChangeAction,
  change: Partial<ChangeEntry> = {},
): ChangeEntry {
  return { conversation, seq: 1, actor, visibleAfter: 0, moderates: false, action, ...change };
}

async function changeOne(sql: Sql, one: ChangeEntry, membersRev = 1): Promise<ChangeRow> {
  const [row] = await changeBatch(sql, [one], new Map([[one.conversation, membersRev]]));
  assert.ok(row);
  return row;
}

function messageOf(row: ChangeRow | undefined): Message {
  assert.ok(row !== undefined && "message" in row, JSON.stringify(row));
  return row.message;
}

const edit = (text: string): ChangeAction => ({ do: "edit", text });
const react = (emoji: string, on = true): ChangeAction => ({ do: "react", emoji, on });
const pin = (on = true): ChangeAction => ({ do: "pin", on });
const recall: ChangeAction = { do: "recall" };

testWithDatabase("changeBatch gives each change its own rev, in order", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  const other = await seedGroup(sql, [ann]);
  const versions = new Map([[room, 1], [other, 1]]);
  await appendBatch(sql, [appendEntry(room, ben), appendEntry(other, ann)], versions);
  const rows = await changeBatch(sql, [
    entry(room, ann, edit("hi")),
    entry(other, ann, pin(), { moderates: true }),
    entry(room, ann, react("👍"), { seq: 2 }),
  ], versions);
  assert.deepEqual(rows.map((row) => [row.outcome, messageOf(row).seq, messageOf(row).rev]), [
    ["changed", 1, 3],
    ["changed", 1, 2],
    ["changed", 2, 4],
  ]);
  const changes = await readChanges(sql, { user: ann, conversation: room, since: 2, limit: 9 });
  assert.deepEqual([changes?.messages, changes?.seq, changes?.rev], [
    [messageOf(rows[0]), messageOf(rows[2])],
    2,
    4,
  ]);
});

testWithDatabase("changeBatch edits one's own message and says when", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  assert.deepEqual(await changeOne(sql, entry(room, ben, edit("hi"))), { outcome: "forbidden" });
  const moderator = entry(room, ben, edit("hi"), { moderates: true });
  assert.deepEqual(await changeOne(sql, moderator), { outcome: "forbidden" });
  const edited = messageOf(await changeOne(sql, entry(room, ann, edit("hi"))));
  assert.deepEqual([edited.text, edited.rev], ["hi", 2]);
  assert.ok(edited.editedAt !== undefined && edited.editedAt >= edited.at);
  const again = await changeOne(sql, entry(room, ann, edit("hi")));
  assert.deepEqual(again, { outcome: "unchanged", message: edited });
});

testWithDatabase("a recalled message is only a tombstone", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  const versions = new Map([[room, 1]]);
  const full = appendEntry(room, ann, { mentions: [ben], replyTo: 1, text: "a secret" });
  await appendBatch(sql, [full], versions);
  await changeOne(sql, entry(room, ben, react("👍"), { seq: 2 }));
  await changeOne(sql, entry(room, ann, pin(), { seq: 2, moderates: true }));
  assert.deepEqual(await changeOne(sql, entry(room, ben, recall, { seq: 2 })), {
    outcome: "forbidden",
  });
  const { recalledAt, at, ...rest } = messageOf(
    await changeOne(sql, entry(room, ann, recall, { seq: 2 })),
  );
  assert.ok(recalledAt !== undefined && recalledAt >= at);
  const { id, clientId } = full;
  assert.deepEqual(rest, {
    ...{ id, conversation: room, seq: 2, rev: 5, sender: ann, clientId, kind: "text", text: "" },
  });
  const [stored] = await sql<{ left: number }[]>`select count(*)::int as left from messages
    where conversation_id = ${room} and (text like '%secret%' or reactions is not null)`;
  assert.equal(stored?.left, 0);
  for (const action of [edit("back"), react("👍"), pin()]) {
    const later = entry(room, ann, action, { seq: 2, moderates: true });
    assert.deepEqual(await changeOne(sql, later), { outcome: "recalled" });
  }
  const again = await changeOne(sql, entry(room, ann, recall, { seq: 2 }));
  assert.equal(again.outcome, "unchanged");
});

testWithDatabase("recalling has a limit, except for who moderates", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  const age = (ms: number) =>
    sql`update messages set created_at = clock_timestamp() - make_interval(secs => ${ms / 1000})
      where conversation_id = ${room} and seq = 1`;
  await age(LIMITS.recallWithin + 1_000);
  assert.deepEqual(await changeOne(sql, entry(room, ann, recall)), { outcome: "too-late" });
  assert.deepEqual(await changeOne(sql, entry(room, ben, recall)), { outcome: "forbidden" });
  const moderator = entry(room, ben, recall, { moderates: true });
  assert.equal((await changeOne(sql, moderator)).outcome, "changed");
  const other = await setUp(sql);
  await sql`update messages set created_at = clock_timestamp() - interval '110 seconds'
    where conversation_id = ${other.room}`;
  assert.equal((await changeOne(sql, entry(other.room, other.ann, recall))).outcome, "changed");
});

testWithDatabase("reactions name people in the order in which they reacted", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  await changeOne(sql, entry(room, ben, react("👍")));
  const both = messageOf(await changeOne(sql, entry(room, ann, react("👍"))));
  assert.deepEqual(both.reactions, { "👍": [ben, ann] });
  const again = await changeOne(sql, entry(room, ann, react("👍")));
  assert.deepEqual(again, { outcome: "unchanged", message: both });
  await changeOne(sql, entry(room, ann, react("🎉")));
  const left = messageOf(await changeOne(sql, entry(room, ben, react("👍", false))));
  assert.deepEqual(left.reactions, { "👍": [ann], "🎉": [ann] });
  await changeOne(sql, entry(room, ann, react("👍", false)));
  const none = messageOf(await changeOne(sql, entry(room, ann, react("🎉", false))));
  assert.equal("reactions" in none, false);
  assert.equal(
    (await changeOne(sql, entry(room, ann, react("🎉", false)))).outcome,
    "unchanged",
  );
});

testWithDatabase("a message takes so many different reactions", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  for (let n = 0; n < LIMITS.reactions; n++) {
    await changeOne(sql, entry(room, ann, react(String.fromCodePoint(0x1f600 + n))));
  }
  assert.deepEqual(await changeOne(sql, entry(room, ann, react("🎉"))), { outcome: "too-many" });
  const known = String.fromCodePoint(0x1f600);
  assert.equal((await changeOne(sql, entry(room, ben, react(known)))).outcome, "changed");
});

testWithDatabase("pinning is for who moderates", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  assert.deepEqual(await changeOne(sql, entry(room, ann, pin())), { outcome: "forbidden" });
  const pinned = messageOf(await changeOne(sql, entry(room, ann, pin(), { moderates: true })));
  assert.equal(pinned.pinned, true);
  const out = entry(room, ann, pin(false), { moderates: true });
  assert.equal("pinned" in messageOf(await changeOne(sql, out)), false);
  assert.equal((await changeOne(sql, out)).outcome, "unchanged");
});

testWithDatabase("what one may not see or change is left alone", async ({ sql }) => {
  const { ann, ben, room } = await setUp(sql);
  const hidden = entry(room, ben, react("👍"), { visibleAfter: 1 });
  assert.deepEqual(await changeOne(sql, hidden), { outcome: "not-found" });
  const none = entry(room, ben, react("👍"), { seq: 2 });
  assert.deepEqual(await changeOne(sql, none), { outcome: "not-found" });
  await removeMember(sql, room, ben);
  const old = entry(room, ann, edit("hi"));
  assert.deepEqual(await changeOne(sql, old, 1), { outcome: "stale" });
  assert.equal((await changeOne(sql, old, 2)).outcome, "changed");
  await sql.begin((tx) => appendEvent(tx, room, { type: "renamed", by: ann, title: "Room" }));
  for (const action of [edit("hi"), recall, react("👍"), pin()]) {
    const system = entry(room, ann, action, { seq: 2, moderates: true });
    assert.deepEqual(await changeOne(sql, system, 2), { outcome: "forbidden" });
  }
  const nowhere = entry(newId(), ann, edit("hi"));
  assert.deepEqual(await changeOne(sql, nowhere), { outcome: "stale" });
});

testWithDatabase("a retry is known by what was sent, whatever became of it", async ({ sql }) => {
  const { ann, room } = await setUp(sql);
  const versions = new Map([[room, 1]]);
  const first = appendEntry(room, ann, { text: "as it was" });
  await appendBatch(sql, [first], versions);
  const retry = async (text: string) => {
    const [row] = await appendBatch(sql, [{ ...first, id: newId(), text }], versions);
    return row?.outcome;
  };
  await changeOne(sql, entry(room, ann, edit("as it is"), { seq: 2 }));
  assert.deepEqual([await retry("as it was"), await retry("as it is")], ["duplicate", "conflict"]);
  await changeOne(sql, entry(room, ann, edit("as it will be"), { seq: 2 }));
  assert.deepEqual([await retry("as it was"), await retry("as it is")], ["duplicate", "conflict"]);
  await changeOne(sql, entry(room, ann, recall, { seq: 2 }));
  assert.deepEqual([await retry("as it was"), await retry("")], ["duplicate", "conflict"]);
});

testOnDatabases("two nodes that change one message at once lose neither change", async (kind) => {
  await using place = await kind.create();
  await using one = await openDatabase(place.config);
  await migrate(one.sql);
  await using two = await openDatabase(one.share);
  const { ann, room } = await setUp(one.sql);
  const people = await Promise.all(Array.from({ length: 40 }, () => seedUser(one.sql)));
  const untilDone = async (sql: Sql, each: ChangeEntry): Promise<void> => {
    while ((await changeOne(sql, each)).outcome === "stale");
  };
  await Promise.all(people.map(async (person, n) => {
    const sql = n % 2 === 0 ? one.sql : two.sql;
    await untilDone(sql, entry(room, person, react("👍")));
    if (n % 4 === 0) await untilDone(sql, entry(room, person, react("👍", false)));
  }));
  const end = messageOf(await changeOne(one.sql, entry(room, ann, edit("at last"))));
  const expected = people.filter((_, n) => n % 4 !== 0);
  assert.deepEqual([...end.reactions?.["👍"] ?? []].sort(), expected.sort());
  const [head] = await one.sql<{ rev: number }[]>`select rev from conversations where id = ${room}`;
  assert.equal(end.rev, head?.rev);
});
