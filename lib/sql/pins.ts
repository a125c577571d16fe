import type { Id, Message } from "../protocol/model.ts";
import { messageJson } from "./messages.ts";
import type { Sql } from "./open.ts";
import { visibleAfter } from "./visible_after.ts";

/** Of more than these only the latest are shown. */
const SHOWN = 100;

/**
 * The pinned messages that `user` may read, ascending by position.
 * @returns undefined if `user` is no member
 */
export async function readPins(
  sql: Sql,
  user: Id,
  conversation: Id,
): Promise<Message[] | undefined> {
  const rows = await sql<{ message: Message | null }[]>`
    select pins.message
    from members m join conversations c on c.id = m.conversation_id
    left join lateral (
      select ${messageJson(sql, "x")} as message, x.seq from messages x
      where x.conversation_id = c.id and x.pinned_at is not null and x.recalled_at is null
        and x.seq > ${visibleAfter(sql, "c", "m")}
      order by x.pinned_at desc, x.seq desc limit ${SHOWN}
    ) pins on true
    where m.conversation_id = ${conversation} and m.user_id = ${user}
    order by pins.seq`;
  if (rows.length === 0) return undefined;
  return rows.flatMap(({ message }) => message === null ? [] : [message]);
}
