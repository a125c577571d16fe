import { FOLLOWED } from "../bus/audience.ts";
import { LIMITS } from "../protocol/codes.ts";
import {
  type Conversation,
  type Head,
  Id,
  type Member,
  type Message,
  Time,
} from "../protocol/model.ts";
import { messageJson } from "./messages.ts";
import { arrayLiteral, type Fragment, type PendingQuery, type Queries, type Sql } from "./open.ts";
import { mentionCount, unreadCount } from "./unread.ts";
import { userJson } from "./users.ts";
import { visibleAfter } from "./visible_after.ts";

type Page = { limit?: number | undefined; before?: Cursor | undefined };
type Row = Conversation & { activeAt: string };

export type ConversationPage = { conversations: Conversation[]; next: string | null };

/** A user's conversations, latest activity first. `before` is an earlier page's `next`. */
export async function listConversations(
  sql: Sql,
  user: Id,
  page: Page,
): Promise<ConversationPage> {
  const { limit } = page;
  const rows = await queryConversations(sql, user, page);
  const more = limit !== undefined && rows.length > limit;
  const shown = more ? rows.slice(0, limit) : rows;
  const last = shown.at(-1);
  return {
    conversations: shown.map(withoutActivity),
    next: more && last !== undefined ? writeCursor({ activeAt: last.activeAt, id: last.id }) : null,
  };
}

/** The one statement behind a page of the list, not run yet; a row more than the limit tells of more. */
export function queryConversations(
  sql: Queries,
  user: Id,
  { limit, before }: Page,
): PendingQuery<Row[]> {
  return sql<Row[]>`
    ${selectConversations(sql, user)}
    ${
    before === undefined
      ? sql``
      : sql`and (c.active_at, c.id) < (${before.activeAt}::timestamptz, ${before.id}::uuid)`
  }
    order by c.active_at desc, c.id desc
    ${limit === undefined ? sql`` : sql`limit ${limit + 1}`}`;
}

/** Undefined if there is no such conversation, or `user` is no member of it. */
export async function readConversation(
  sql: Queries,
  user: Id,
  id: Id,
): Promise<Conversation | undefined> {
  const [row] = await sql<Row[]>`
    ${selectConversations(sql, user)} and c.id = ${id}`;
  return row === undefined ? undefined : withoutActivity(row);
}

/**
 * Only those of `users` where some are asked for. In groups so large that nobody is told how far others
 * have read, that is not shown here either: there everybody is where they joined.
 */
export async function readMembers(
  sql: Queries,
  conversation: Id,
  users?: readonly Id[],
): Promise<Member[]> {
  return await sql<Member[]>`
    select ${userJson(sql, "u")} as user, m.role, m.joined_seq, m.silenced_until,
      case when large then m.joined_seq else m.read_seq end as read_seq,
      case when large then m.joined_seq else m.delivered_seq end as delivered_seq
    from members m join users u on u.id = m.user_id
    cross join (select member_count > ${LIMITS.receiptMembers} as large
      from conversations where id = ${conversation}) c
    where m.conversation_id = ${conversation}
      ${users === undefined ? sql`` : sql`and m.user_id = any(${arrayLiteral(users)}::uuid[])`}
    order by m.created_at, u.id`;
}

/** Where a conversation stands for somebody, and whether nodes follow it by a topic of its own. */
export type HeadOf = Head & { user: Id; large: boolean };

/** Where the given conversations stand, for each of `users` who is a member. */
export async function readHeads(
  sql: Sql,
  conversations: readonly Id[],
  users: readonly Id[],
): Promise<HeadOf[]> {
  return await sql<HeadOf[]>`
    select m.user_id as user, c.id as conversation, c.seq, c.rev, m.read_seq,
      c.member_count >= ${FOLLOWED} as large
    from conversations c join members m on m.conversation_id = c.id
    where c.id = any(${arrayLiteral(conversations)}::uuid[]) and m.user_id = any(${
    arrayLiteral(users)
  }::uuid[])`;
}

/** Where the conversations of `users` stand that changed in the last `seconds`. */
export async function readRecentHeads(
  sql: Sql,
  users: readonly Id[],
  seconds: number,
): Promise<HeadOf[]> {
  return await sql<HeadOf[]>`
    select m.user_id as user, c.id as conversation, c.seq, c.rev, m.read_seq,
      c.member_count >= ${FOLLOWED} as large
    from members m join conversations c on c.id = m.conversation_id
    where m.user_id = any(${arrayLiteral(users)}::uuid[])
      and c.changed_at > clock_timestamp() - make_interval(secs => ${seconds})`;
}

/**
 * Every row is found by its key, whatever the planner believes about the tables' sizes: `offset 0`
 * keeps it from reading all conversations to join them with a person's own.
 */
function selectConversations(sql: Queries, user: Id): Fragment {
  return sql`
    select c.id, c.kind, c.title, c.avatar, c.seq, c.rev, m.read_seq, c.announcement,
      c.history_visible, c.created_at, c.active_at, c.member_count, m.role, m.muted_until, m.pinned,
      coalesce(c.seq <= m.hidden_seq, false) as hidden,
      coalesce(m.read_seq <= m.marked_seq, false) as marked_unread, m.draft,
      ${unreadCount(sql, "c", "m")} as unread, ${mentionCount(sql, "c", "m")} as mentions,
      (select ${messageJson(sql, "l")} from messages l
        where l.conversation_id = c.id and l.seq = c.seq
          and l.seq > ${visibleAfter(sql, "c", "m")}) as last_message,
      case when c.kind = 'direct' then (
        select ${userJson(sql, "p")} from members x join users p on p.id = x.user_id
        where x.conversation_id = c.id and x.user_id <> m.user_id limit 1) end as peer
    from members m
    cross join lateral (select * from conversations where id = m.conversation_id offset 0) c
    where m.user_id = ${user}`;
}

/** Optional fields are absent on the wire, not null. */
function withoutActivity(row: Row): Conversation {
  const { activeAt: _, peer, lastMessage, ...conversation } = row;
  return {
    ...conversation,
    lastMessage: lastMessage as Message | null,
    ...(peer ? { peer } : {}),
  };
}

/** A place in the list of conversations. */
export type Cursor = { activeAt: string; id: Id };

function writeCursor({ activeAt, id }: Cursor): string {
  return new TextEncoder().encode(`${activeAt} ${id}`).toBase64({ alphabet: "base64url" });
}

/** Undefined if `text` was not made by this server. */
export function readCursor(text: string): Cursor | undefined {
  let plain: string;
  try {
    plain = new TextDecoder().decode(Uint8Array.fromBase64(text, { alphabet: "base64url" }));
  } catch {
    return undefined;
  }
  const [activeAt = "", id] = plain.split(" ");
  const known = Time.safeParse(activeAt).success && Id.safeParse(id).success;
  return known && id !== undefined ? { activeAt, id } : undefined;
}
