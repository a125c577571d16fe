/**
 * Holds what clients saw against what the database has: nothing lost, doubled, out of order or
 * with a hole, for anyone.
 */
import assert from "node:assert/strict";
import type { Id, Message } from "../../lib/protocol/model.ts";
import type { Sql } from "../../lib/sql/open.ts";

type Row = { seq: number; rev: number; id: Id; sender: Id; clientId: Id; text: string };

/** A conversation's log, as stored. */
export async function readLog(sql: Sql, conversation: Id): Promise<Row[]> {
  const rows = await sql<Row[]>`
    select seq, rev, id, sender_id as sender, client_id, text from messages
    where conversation_id = ${conversation} order by seq`;
  return rows.map((row) => ({ ...row }));
}

/** Positions are 1, 2, 3 … up to the head, and no message is there twice. */
export async function checkLog(sql: Sql, conversation: Id): Promise<Row[]> {
  const log = await readLog(sql, conversation);
  assert.deepEqual(
    log.map((row) => row.seq),
    log.map((_, index) => index + 1),
    "seq is dense from 1",
  );
  const keys = new Set(log.map((row) => `${row.sender} ${row.clientId}`));
  assert.equal(keys.size, log.length, "nothing is stored twice");
  const [head] = await sql<{ seq: number; rev: number }[]>`
    select seq, rev from conversations where id = ${conversation}`;
  assert.equal(head?.seq, log.length, "the head names the last message");
  assert.equal(head?.rev, Math.max(0, ...log.map((row) => row.rev)), "and the last change");
  return log;
}

/** A client shows exactly the log. */
export function checkView(who: string, view: readonly Message[], log: readonly Row[]): void {
  const seen = view.map(({ seq, rev, id, sender, clientId, text }) => (
    { seq, rev, id, sender, clientId, text }
  ));
  assert.deepEqual(seen, log, `${who} sees the log as it is stored`);
}
