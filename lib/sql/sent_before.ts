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

/**
 * Whether it was the same: compared with what was sent first, whatever became of it since. Its kind
 * follows from what it says.
 * @param files the ids of its files in their order (`uuid[]`), or null
 */
export function sentTheSame(sql: Queries, files: Fragment): Fragment {
  return sql`
    case when k.sent_hash is null
      then k.text = t.text and ${fileIds(sql, "k")} is not distinct from to_jsonb(${files})
      else k.sent_hash = ${contentHash(sql, sql`t.text`, sql`to_jsonb(${files})`)} end
      and k.reply_to is not distinct from t.reply_to
      and k.mentions is not distinct from t.mentions::uuid[]
      and k.mentions_all = coalesce(t.mentions_all, false)`;
}

/** What a message said when it was sent, from its row called `alias`: taken before the first change. */
export function sentHash(sql: Queries, alias: string): Fragment {
  return contentHash(sql, sql`${sql(`${alias}.text`)}`, fileIds(sql, alias));
}

/** The ids of a message's files as JSON; null for one without. */
function fileIds(sql: Queries, alias: string): Fragment {
  return sql`jsonb_path_query_array(${sql(`${alias}.attachments`)}, '$[*].id')`;
}

/** No text holds the byte between the two: nothing else comes to the same. */
function contentHash(sql: Queries, text: Fragment, files: Fragment): Fragment {
  return sql`sha256(convert_to(${text}, 'UTF8')
    || coalesce(decode('00', 'hex') || convert_to(${files}::text, 'UTF8'), ''))`;
}
