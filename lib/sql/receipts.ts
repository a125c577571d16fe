import type { Id } from "../protocol/model.ts";
import { arrayLiteral, type Sql } from "./open.ts";

/** How far `user` says to have read and received a conversation; 0 leaves that as it is. */
export type ReceiptMove = { user: Id; conversation: Id; readSeq: number; deliveredSeq: number };

/** The positions after it, whether one of them moved, and the version of the membership then. */
export type MovedReceipt = {
  readSeq: number;
  deliveredSeq: number;
  moved: boolean;
  membersRev: number;
};

/**
 * Moves how far people have read or received conversations: forward only, and never past their end.
 * Reading implies receiving. One statement; there is at most one move for a person in a conversation.
 * @returns one for each move, in their order; undefined for who is no member
 */
export async function moveReceipts(
  sql: Sql,
  moves: readonly ReceiptMove[],
): Promise<(MovedReceipt | undefined)[]> {
  const column = (pick: (move: ReceiptMove) => string) => arrayLiteral(moves.map(pick));
  const rows = await sql<(MovedReceipt & { n: number })[]>`
    with asked as (
      select * from unnest(${column((m) => m.conversation)}::text::uuid[],
        ${column((m) => m.user)}::text::uuid[], ${column((m) => String(m.readSeq))}::text::bigint[],
        ${column((m) => String(m.deliveredSeq))}::text::bigint[])
        with ordinality as t(conversation_id, user_id, read_seq, delivered_seq, n)
    ), before as materialized (
      -- In one order everywhere, so that batches of several nodes queue up rather than deadlock.
      select a.n, m.conversation_id, m.user_id, m.read_seq, m.delivered_seq, c.members_rev,
        least(a.read_seq, c.seq) as new_read,
        least(greatest(a.read_seq, a.delivered_seq), c.seq) as new_delivered
      from asked a
      join members m on m.conversation_id = a.conversation_id and m.user_id = a.user_id
      join conversations c on c.id = m.conversation_id
      order by m.conversation_id, m.user_id
      for no key update of m
    ), moved as (
      update members m set read_seq = greatest(m.read_seq, b.new_read),
        delivered_seq = greatest(m.delivered_seq, b.new_delivered)
      from before b
      where m.conversation_id = b.conversation_id and m.user_id = b.user_id
        and (b.new_read > b.read_seq or b.new_delivered > b.delivered_seq)
      returning b.n, m.read_seq, m.delivered_seq
    )
    select b.n, b.members_rev, coalesce(w.read_seq, b.read_seq) as read_seq,
      coalesce(w.delivered_seq, b.delivered_seq) as delivered_seq, w.n is not null as moved
    from before b left join moved w on w.n = b.n`;
  const found = new Map(rows.map(({ n, ...moved }) => [n, moved]));
  return moves.map((_, index) => found.get(index + 1));
}
