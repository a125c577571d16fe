import type { Id } from "../../protocol/model.ts";
import type { Fragment, Queries } from "../open.ts";
import { visibleAfter } from "../visible_after.ts";

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
    or exists (
      select from message_files h
      join members r on r.conversation_id = h.conversation_id and r.user_id = ${user}::uuid
      join conversations rc on rc.id = h.conversation_id
      where h.file_id = ${id} and h.seq > ${visibleAfter(sql, "rc", "r")})
    or exists (select from users p where p.avatar = ${id})
    or exists (
      select from conversations g
      join members r on r.conversation_id = g.id and r.user_id = ${user}::uuid
      where g.avatar = ${id}))`;
}
