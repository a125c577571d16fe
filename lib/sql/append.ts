import type { Id, Time } from "../protocol/model.ts";
import { arrayLiteral, type Sql } from "./open.ts";

export type AppendEntry = {
  /** Made by the server before the first attempt, so that a repeated attempt knows its own work. */
  id: Id;
  conversation: Id;
  sender: Id;
  clientId: Id;
  kind: "text";
  text: string;
  replyTo: number | undefined;
  mentions: readonly Id[] | undefined;
  /** Of the original payload. */
  payloadHash: string;
};

export type AppendRow =
  | { outcome: "stored" | "duplicate"; id: Id; seq: number; rev: number; at: Time }
  /** The `clientId` was used before, for another payload. */
  | { outcome: "conflict" }
  /** The membership changed since the version that was named, or the conversation is gone. */
  | { outcome: "stale" }
  /** `replyTo` names a message that does not exist. */
  | { outcome: "bad-reply" };

/**
 * Appends a batch to the logs of its conversations: one statement, so that either all of it is
 * durable or nothing happened, and no rollback can leave a hole in `seq`.
 *
 * A retry is known by its (conversation, sender, clientId); where a batch holds the same key twice,
 * only the earlier entry is stored. A conversation whose `members_rev` is not the one in `versions`
 * takes nothing.
 *
 * Two nodes that store the same retry at the same moment cannot see each other's row; the second
 * one fails with 23505 (unique violation) and is meant to be run again.
 *
 * @returns a row for each entry, in their order
 */
export async function appendBatch(
  sql: Sql,
  entries: readonly AppendEntry[],
  versions: ReadonlyMap<Id, number>,
): Promise<AppendRow[]> {
  const column = (pick: (entry: AppendEntry) => string | null) => arrayLiteral(entries.map(pick));
  type Row = {
    outcome: AppendRow["outcome"];
    id: Id;
    seq: number;
    rev: number;
    createdAt: Time;
  };
  const rows = await sql<Row[]>`
    with input as (
      select t.n, t.id::uuid, t.conversation_id::uuid, t.sender_id::uuid, t.client_id::uuid, t.kind,
        t.text, t.reply_to::bigint, t.mentions::uuid[], t.payload_hash
      from unnest(${column((e) => e.id)}::text[], ${column((e) => e.conversation)}::text[],
        ${column((e) => e.sender)}::text[], ${column((e) => e.clientId)}::text[],
        ${column((e) => e.kind)}::text[], ${column((e) => e.text)}::text[],
        ${column((e) => e.replyTo === undefined ? null : String(e.replyTo))}::text[],
        ${column((e) => e.mentions === undefined ? null : arrayLiteral(e.mentions))}::text[],
        ${column((e) => e.payloadHash)}::text[])
        with ordinality as t(id, conversation_id, sender_id, client_id, kind, text, reply_to,
          mentions, payload_hash, n)
    ), named as (
      select t.conversation_id::uuid, t.members_rev::bigint
      from unnest(${arrayLiteral([...versions.keys()])}::text[],
        ${arrayLiteral([...versions.values()].map(String))}::text[])
        as t(conversation_id, members_rev)
    ), locked as (
      -- In one order everywhere, so that batches queue up rather than deadlock.
      select c.id, c.seq from conversations c
      join named v on v.conversation_id = c.id and v.members_rev = c.members_rev
      order by c.id for update of c
    ), first as (
      select distinct on (conversation_id, sender_id, client_id) *
      from input order by conversation_id, sender_id, client_id, n
    ), known as (
      select m.conversation_id, m.sender_id, m.client_id, m.id, m.seq, m.rev, m.payload_hash,
        m.created_at
      from first f join messages m using (conversation_id, sender_id, client_id)
    ), fresh as (
      select f.*, row_number() over (partition by f.conversation_id order by f.n) as step
      from first f join locked l on l.id = f.conversation_id
      where not exists (select from known k where k.conversation_id = f.conversation_id
          and k.sender_id = f.sender_id and k.client_id = f.client_id)
        and (f.reply_to is null or f.reply_to <= l.seq)
    ), moved as (
      update conversations c set seq = c.seq + a.added, rev = c.rev + a.added,
        active_at = date_trunc('milliseconds', clock_timestamp())
      from (select conversation_id, count(*) as added from fresh group by 1) a
      where c.id = a.conversation_id
      returning c.id, c.seq - a.added as seq, c.rev - a.added as rev, c.active_at
    ), added as (
      insert into messages (conversation_id, seq, rev, id, sender_id, client_id, kind, text,
        reply_to, mentions, payload_hash, created_at)
      select f.conversation_id, m.seq + f.step, m.rev + f.step, f.id, f.sender_id, f.client_id,
        f.kind, f.text, f.reply_to, f.mentions, f.payload_hash, m.active_at
      from fresh f join moved m on m.id = f.conversation_id
      returning conversation_id, sender_id, client_id, id, seq, rev, payload_hash, created_at
    )
    select case
        -- First: what an earlier run of this batch stored is stored, whatever changed since.
        when s.id = i.id then 'stored'
        when l.id is null then 'stale'
        when s.id is null then 'bad-reply'
        when s.payload_hash <> i.payload_hash then 'conflict'
        else 'duplicate' end as outcome,
      s.id, s.seq, s.rev, s.created_at
    from input i
    left join locked l on l.id = i.conversation_id
    left join (select * from known union all select * from added) s using (conversation_id, sender_id, client_id)
    order by i.n`;
  return rows.map(({ outcome, id, seq, rev, createdAt }): AppendRow =>
    outcome === "stored" || outcome === "duplicate"
      ? { outcome, id, seq, rev, at: createdAt }
      : { outcome }
  );
}
