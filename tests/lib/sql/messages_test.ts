import assert from "node:assert/strict";
import { newId } from "../../../lib/ids.ts";
import { LIMITS } from "../../../lib/protocol/codes.ts";
import { type Id, Message } from "../../../lib/protocol/model.ts";
import { appendBatch } from "../../../lib/sql/append.ts";
import { readChanges, readHistory } from "../../../lib/sql/messages.ts";
import { inTransaction } from "../../../lib/sql/in_transaction.ts";
import type { Queries, Sql } from "../../../lib/sql/open.ts";
import { appendEntry } from "../../support/append_entry.ts";
import { testWithDatabase } from "../../support/databases.ts";
import { addMember, seedGroup, seedUser } from "../../support/seed.ts";

async function fill(
  sql: Sql,
  texts: readonly string[],
  mentions?: readonly Id[],
): Promise<{ user: Id; conversation: Id }> {
  const user = await seedUser(sql);
  const conversation = await seedGroup(sql, [user]);
  const entries = texts.map((text) => appendEntry(conversation, user, { text, mentions }));
  await appendBatch(sql, entries, new Map([[conversation, 1]]));
  return { user, conversation };
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(n + 1));
}

function seqs(messages: readonly Message[]): number[] {
  return messages.map(({ seq }) => seq);
}

testWithDatabase("readChanges pages up by rev with the head of the snapshot", async ({ sql }) => {
  const log = await fill(sql, numbers(5));
  const read = (since: number, limit: number) => readChanges(sql, { ...log, since, limit });
  const first = await read(0, 2);
  assert.deepEqual([seqs(first?.messages ?? []), first?.seq, first?.rev, first?.more], [
    [1, 2],
    5,
    5,
    true,
  ]);
  for (const message of first?.messages ?? []) Message.strict().parse(message);
  const last = await read(3, 2);
  assert.deepEqual([seqs(last?.messages ?? []), last?.more], [[4, 5], false]);
  assert.deepEqual(await read(5, 2), { messages: [], seq: 5, rev: 5, more: false });
  assert.deepEqual(await read(99, 2), { messages: [], seq: 5, rev: 5, more: false });
});

testWithDatabase("readChanges brings a changed message at its new rev, once", async ({ sql }) => {
  const log = await fill(sql, numbers(3));
  await sql`update messages set rev = 4, text = '', recalled_at = now()
    where conversation_id = ${log.conversation} and seq = 1`;
  await sql`update conversations set rev = 4 where id = ${log.conversation}`;
  const changes = await readChanges(sql, { ...log, since: 0, limit: 10 });
  assert.deepEqual(changes?.messages.map(({ seq, rev, text }) => [seq, rev, text]), [
    [2, 2, "2"],
    [3, 3, "3"],
    [1, 4, ""],
  ]);
  assert.ok(changes?.messages[2]?.recalledAt);
});

testWithDatabase(
  "readHistory pages down from the newest, or up from a position",
  async ({ sql }) => {
    const log = await fill(sql, numbers(6));
    const read = async (page: { before?: number; after?: number; limit: number }) => {
      const history = await readHistory(sql, { ...log, ...page });
      return [seqs(history?.messages ?? []), history?.more];
    };
    assert.deepEqual(await read({ limit: 2 }), [[5, 6], true]);
    assert.deepEqual(await read({ before: 5, limit: 4 }), [[1, 2, 3, 4], false]);
    assert.deepEqual(await read({ before: 5, limit: 3 }), [[2, 3, 4], true]);
    assert.deepEqual(await read({ after: 2, limit: 2 }), [[3, 4], true]);
    assert.deepEqual(await read({ after: 4, limit: 2 }), [[5, 6], false]);
    assert.deepEqual(await read({ after: 1, before: 4, limit: 9 }), [[2, 3], false]);
    assert.deepEqual(await read({ after: 1, before: 5, limit: 2 }), [[3, 4], true]);
    assert.deepEqual(await read({ before: 1, limit: 9 }), [[], false]);
  },
);

testWithDatabase(
  "readChanges and readHistory show a member what came after them",
  async ({ sql }) => {
    const { conversation } = await fill(sql, numbers(3));
    const user = await seedUser(sql);
    assert.equal(await readChanges(sql, { user, conversation, since: 0, limit: 9 }), undefined);
    assert.equal(await readHistory(sql, { user, conversation, limit: 9 }), undefined);
    await addMember(sql, conversation, user);
    const changes = await readChanges(sql, { user, conversation, since: 0, limit: 9 });
    assert.deepEqual(changes, { messages: [], seq: 3, rev: 3, more: false });
    assert.deepEqual(await readHistory(sql, { user, conversation, limit: 9 }), {
      messages: [],
      more: false,
    });
    await sql`update conversations set history_visible = true where id = ${conversation}`;
    const all = await readHistory(sql, { user, conversation, limit: 9 });
    assert.deepEqual(seqs(all?.messages ?? []), [1, 2, 3]);
  },
);

const heavy: Record<string, [string, readonly Id[] | undefined]> = {
  "plain text": ["x".repeat(LIMITS.textCharacters), undefined],
  "emoji": ["👋".repeat(LIMITS.textCharacters), undefined],
  "quotes, which JSON doubles": ['"'.repeat(LIMITS.textCharacters), undefined],
  "control characters, which JSON writes sixfold": [
    "\u0001".repeat(LIMITS.textCharacters),
    undefined,
  ],
  "mentions": ["x", Array.from({ length: 100 }, newId)],
};
for (const [what, [text, mentions]] of Object.entries(heavy)) {
  testWithDatabase(`readChanges ends an answer of ${what} at about 256 KiB`, async ({ sql }) => {
    const log = await fill(sql, Array.from({ length: 150 }, () => text), mentions);
    const changes = await readChanges(sql, { ...log, since: 0, limit: 150 });
    const history = await readHistory(sql, { ...log, limit: 150 });
    for (const answer of [changes, history]) {
      assert.ok(answer !== undefined && answer.messages.length > 0 && answer.more);
      const bytes = new TextEncoder().encode(JSON.stringify(answer)).length;
      assert.ok(bytes < 1.25 * LIMITS.answerBytes, `${bytes} bytes`);
    }
    assert.equal(changes?.messages[0]?.seq, 1);
    assert.equal(history?.messages.at(-1)?.seq, 150);
  });
}

/** Runs `task` in a transaction. @returns how many rows of messages it looked at */
async function countRowsRead(sql: Sql, task: (tx: Queries) => Promise<unknown>): Promise<number> {
  const read = (tx: Queries) =>
    tx<{ rows: number }[]>`
      select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
      from pg_stat_xact_user_tables where relname = 'messages'`;
  return await inTransaction(sql, async (tx) => {
    // In the order of revisions, as large logs are read; small ones are sorted instead.
    await tx`set local enable_sort = off`;
    const [before] = await read(tx);
    await task(tx);
    const [after] = await read(tx);
    return (after?.rows ?? 0) - (before?.rows ?? 0);
  });
}

testWithDatabase("readChanges does not walk what was said before one came", async ({ sql }) => {
  const { conversation } = await fill(sql, numbers(500));
  const newcomer = await seedUser(sql);
  await addMember(sql, conversation, newcomer);
  // What changes later has a revision after that, and is as little theirs to read.
  await sql`update messages set rev = 501, text = '', recalled_at = now()
    where conversation_id = ${conversation} and seq = 7`;
  await sql`update conversations set rev = 501 where id = ${conversation}`;
  const query = { user: newcomer, conversation, since: 0, limit: 10 };
  const rows = await countRowsRead(sql, async (tx) => {
    assert.deepEqual((await readChanges(tx, query))?.messages, []);
  });
  assert.ok(rows < 10, `${rows} rows were read`);
});
