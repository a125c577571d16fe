import type { Fragment, Queries } from "./open.ts";

/**
 * What a retry is known by. Both are parts of a query whose row `t` has the columns of a message that
 * somebody sends; the one reads the row `k` that it may have been stored as, the other compares them.
 */

/**
 * The message that the sender stored under this `clientId`. A range of one, in an order that only the
 * right index has: while the table is young the planner takes every index that begins with the
 * conversation for as good, and would read the whole log for each message.
 * @param conversation the column that names the conversation, such as `l.id`
 */
export function sentBefore(sql: Queries, conversation: string): Fragment {
  return sql`
    select m.* from messages m
    where m.conversation_id = ${sql(conversation)} and m.sender_id = t.sender_id
      and m.client_id >= t.client_id and m.client_id <= t.client_id
    order by m.client_id limit 1`;
}

/** Whether it was the same: compared with what was sent first, whatever became of it since. */
export function sentTheSame(sql: Queries): Fragment {
  return sql`
    case when k.sent_hash is null then k.text = t.text
      else k.sent_hash = sha256(convert_to(t.text, 'UTF8')) end
      and k.kind = t.kind and k.reply_to is not distinct from t.reply_to
      and k.mentions is not distinct from t.mentions::uuid[]
      and k.mentions_all = coalesce(t.mentions_all, false)`;
}
