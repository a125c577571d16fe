import type { Id } from "../protocol/model.ts";
import type { Sql } from "./open.ts";

export type Receipt = { readSeq: number; deliveredSeq: number };

/**
 * Moves how far `user` has read or received a conversation: forward only, and never past its end.
 * Reading implies receiving.
 * @returns the positions after it and whether they moved; undefined if `user` is no member
 */
export async function moveReceipt(
  sql: Sql,
  receipt: { user: Id; conversation: Id; kind: "read" | "delivered"; seq: number },
): Promise<(Receipt & { moved: boolean }) | undefined> {
  const { user, conversation, kind, seq } = receipt;
  const [row] = await sql<(Receipt & { moved: boolean })[]>`
    with before as (
      select m.read_seq, m.delivered_seq,
        greatest(m.delivered_seq, least(${seq}, c.seq)) as new_delivered,
        case when ${kind === "read"}::bool
          then greatest(m.read_seq, least(${seq}, c.seq)) else m.read_seq end as new_read
      from members m join conversations c on c.id = m.conversation_id
      where m.conversation_id = ${conversation} and m.user_id = ${user}
    ), moved as (
      update members m set read_seq = greatest(m.read_seq, b.new_read),
        delivered_seq = greatest(m.delivered_seq, b.new_delivered)
      from before b
      where m.conversation_id = ${conversation} and m.user_id = ${user}
        and (b.new_read > m.read_seq or b.new_delivered > m.delivered_seq)
      returning m.read_seq, m.delivered_seq
    )
    select coalesce(w.read_seq, b.read_seq) as read_seq,
      coalesce(w.delivered_seq, b.delivered_seq) as delivered_seq, w.read_seq is not null as moved
    from before b left join moved w on true`;
  return row;
}
