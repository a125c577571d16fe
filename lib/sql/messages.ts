import { LIMITS } from "../protocol/codes.ts";
import type { Id, Message } from "../protocol/model.ts";
import type { Fragment, Queries, Sql } from "./open.ts";
import { visibleAfter } from "./visible_after.ts";

/**
 * A message as one JSON column, from the row of `messages` called `alias`: fields that do not
 * apply are absent, and a recalled message is only a tombstone.
 */
export function messageJson(sql: Queries, alias: string): Fragment {
  const column = (name: string) => sql(`${alias}.${name}`);
  const time = (name: string) =>
    sql`to_char(${column(name)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return sql`jsonb_strip_nulls(jsonb_build_object(
    'id', ${column("id")}, 'conversation', ${column("conversation_id")}, 'seq', ${column("seq")},
    'rev', ${column("rev")}, 'sender', ${column("sender_id")}, 'clientId', ${column("client_id")},
    'kind', ${column("kind")}, 'at', ${time("created_at")},
    'text', ${column("text")}, 'recalledAt', ${time("recalled_at")}) ||
    case when ${column("recalled_at")} is null then jsonb_build_object(
      'replyTo', ${column("reply_to")}, 'mentions', ${column("mentions")},
      'mentionsAll', nullif(${column("mentions_all")}, false),
      'attachments', ${column("attachments")},
      'reactions', ${column("reactions")},
      'pinned', case when ${column("pinned_at")} is not null then true end,
      'editedAt', ${time("edited_at")},
      'event', ${column("event")}) else '{}' end)`;
}

export type Changes = { messages: Message[]; seq: number; rev: number; more: boolean };

/**
 * What changed in a conversation after revision `since`, ascending by `rev`, with the head of the
 * same snapshot. Ends early, with `more`, at the answer's size limit.
 * @returns undefined if `user` is no member
 */
export async function readChanges(
  sql: Queries,
  query: { user: Id; conversation: Id; since: number; limit: number },
): Promise<Changes | undefined> {
  const { user, conversation, since, limit } = query;
  const rows = await sql<{ seq: number; rev: number; message: Message | null; fits: boolean }[]>`
    with head as (${visibleLog(sql, user, conversation)})
    select h.seq, h.rev, page.message, ${fits(sql, sql`order by page.rev`)} as fits
    from head h left join lateral (
      select ${messageJson(sql, "x")} as message, x.rev from messages x
      -- No message's revision is below its position: so nothing older has to be looked at, but for
      -- what was changed later.
      where x.conversation_id = h.id and x.rev > greatest(${since}::bigint, h.visible_after)
        and x.seq > h.visible_after
      order by x.rev limit ${limit + 1}
    ) page on true
    order by page.rev`;
  const head = rows[0];
  if (head === undefined) return undefined;
  return { ...cut(rows, limit), seq: head.seq, rev: head.rev };
}

export type History = { messages: Message[]; more: boolean };

/**
 * Messages with `after < seq < before`, ascending. With `after` alone the oldest of them, otherwise
 * the newest; `more` says that others lie beyond that end.
 * @returns undefined if `user` is no member
 */
export async function readHistory(
  sql: Sql,
  query: {
    user: Id;
    conversation: Id;
    before?: number | undefined;
    after?: number | undefined;
    limit: number;
  },
): Promise<History | undefined> {
  const { user, conversation, before, after, limit } = query;
  const fromOldest = after !== undefined && before === undefined;
  const direction: Fragment = fromOldest ? sql`asc` : sql`desc`;
  const rows = await sql<{ message: Message | null; fits: boolean }[]>`
    with head as (${visibleLog(sql, user, conversation)})
    select page.message, ${fits(sql, sql`order by page.seq ${direction}`)} as fits
    from head h left join lateral (
      select ${messageJson(sql, "x")} as message, x.seq from messages x
      where x.conversation_id = h.id and x.seq > greatest(h.visible_after, ${after ?? 0}::bigint)
        ${before === undefined ? sql`` : sql`and x.seq < ${before}`}
      order by x.seq ${direction} limit ${limit + 1}
    ) page on true
    order by page.seq ${direction}`;
  if (rows.length === 0) return undefined;
  const { messages, more } = cut(rows, limit);
  return { messages: messages.sort((a, b) => a.seq - b.seq), more };
}

/** Messages by position, whoever may see them: for those who hand them on. */
export async function readMessages(
  sql: Sql,
  positions: readonly { conversation: Id; seq: number }[],
): Promise<Message[]> {
  const rows = await sql<{ message: Message }[]>`
    select ${messageJson(sql, "x")} as message from messages x
    where (x.conversation_id, x.seq) in (
      select (p->>0)::uuid, (p->>1)::bigint
      from jsonb_array_elements(${
    JSON.stringify(positions.map((p) => [p.conversation, p.seq]))
  }::text::jsonb) p)`;
  return rows.map((row) => row.message);
}

/** One row if `user` is a member: the head, and the position after which this user may read. */
function visibleLog(sql: Queries, user: Id, conversation: Id): Fragment {
  return sql`
    select c.id, c.seq, c.rev, ${visibleAfter(sql, "c", "m")} as visible_after
    from members m join conversations c on c.id = m.conversation_id
    where m.conversation_id = ${conversation} and m.user_id = ${user}`;
}

/** Whether the answer is within its size up to this row of `page`. */
function fits(sql: Queries, order: Fragment): Fragment {
  return sql`sum(octet_length(page.message::text)) over (${order}) <= ${LIMITS.answerBytes}`;
}

/** The page within both limits, and whether something was left. At least one message gets through. */
function cut(
  rows: readonly { message: Message | null; fits: boolean }[],
  limit: number,
): History {
  const found = rows.flatMap(({ message, fits }) => message === null ? [] : [{ message, fits }]);
  const page = found.slice(0, limit).filter(({ fits }, index) => fits || index === 0);
  return { messages: page.map(({ message }) => message), more: found.length > page.length };
}
