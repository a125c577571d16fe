import type { Id } from "../../protocol/model.ts";
import type { Fragment, Queries } from "../open.ts";
import { visibleAfter } from "../visible_after.ts";

/** Messages that hold a file, from which on it is one that is sent on and on. */
const MANY = 50;

/**
 * Whether somebody may read a file, from the row of `files` that is called `file`: the only place that
 * decides it, for downloads and for sending alike. Nobody may for having been told its id or its hash.
 *
 * - its owner, as long as there is a row;
 * - whoever is in a conversation in which it was sent, and may see that message. A recalled one holds no
 *   files, and whoever left is no member;
 * - anybody, where it is a person's picture: people are shown to all who are signed in;
 * - members, where it is their group's picture.
 *
 * @param user who asks; or what says so in the query that this becomes a part of
 */
export function readableBy(sql: Queries, user: Id | Fragment, file: string): Fragment {
  const id = sql(`${file}.id`);
  return sql`(${sql(`${file}.owner_id`)} = ${user}::uuid
    or ${sentTo(sql, user, file)}
    or exists (select from users p where p.avatar = ${id})
    or exists (
      select from conversations g
      join members r on r.conversation_id = g.id and r.user_id = ${user}::uuid
      where g.avatar = ${id}))`;
}

/**
 * Whether a message holds the file that this person may see. Most files are in one or two messages, and
 * those are looked at; of one that thousands sent on, this person's conversations are. In both cases row
 * by row by an index, whatever the planner believes: that is what the limits are for.
 */
function sentTo(sql: Queries, user: Id | Fragment, file: string): Fragment {
  const id = sql(`${file}.id`);
  const seen = sql`h.seq > ${visibleAfter(sql, "rc", "r")}`;
  return sql`case
    when (select count(*) from (
      select from message_files h where h.file_id = ${id} limit ${MANY}) few) < ${MANY}
    then exists (
      select from message_files h cross join lateral (
        select from members r join conversations rc on rc.id = r.conversation_id
        where r.conversation_id = h.conversation_id and r.user_id = ${user}::uuid and ${seen} limit 1
      ) place
      where h.file_id = ${id})
    else exists (
      select from members r join conversations rc on rc.id = r.conversation_id
      cross join lateral (
        select from message_files h
        where h.file_id = ${id} and h.conversation_id = r.conversation_id and ${seen} limit 1
      ) place
      where r.user_id = ${user}::uuid)
    end`;
}
