import type { Id, Role } from "../protocol/model.ts";
import { arrayLiteral, type Fragment, type Sql } from "./open.ts";

/** Who may read and write in a conversation, as of one version of its membership. */
export type Membership = {
  conversation: Id;
  kind: "direct" | "group";
  /** The version. What names another one is refused. */
  membersRev: number;
  historyVisible: boolean;
  /** False in a direct conversation of people who are no longer contacts, or where one blocks. */
  open: boolean;
  members: ReadonlyMap<Id, Member>;
};

type Member = {
  role: Role;
  joinedSeq: number;
  /** Milliseconds since 1970 until which an admin lets this person read only. */
  silencedUntil?: number;
};

/** The memberships of those conversations that exist, each from one snapshot. */
export async function readMemberships(
  sql: Sql,
  conversations: readonly Id[],
): Promise<Membership[]> {
  type Row = {
    conversation: Id;
    kind: "direct" | "group";
    membersRev: number;
    historyVisible: boolean;
    open: boolean;
    members: (Member & { user: Id })[];
  };
  const rows = await sql<Row[]>`
    select c.id as conversation, c.kind, c.members_rev, c.history_visible,
      ${isOpen(sql)} as open,
      coalesce((
        select jsonb_agg(
          jsonb_build_object('user', m.user_id, 'role', m.role, 'joinedSeq', m.joined_seq) ||
          case when m.silenced_until is null then '{}' else jsonb_build_object(
            'silencedUntil', extract(epoch from m.silenced_until) * 1000) end)
        from members m where m.conversation_id = c.id), '[]') as members
    from conversations c where c.id = any(${arrayLiteral(conversations)}::uuid[])`;
  return rows.map(({ members, ...row }) => ({
    ...row,
    members: new Map(members.map(({ user, ...member }) => [user, member])),
  }));
}

/** The versions of the memberships of those conversations that exist: one small row each. */
export async function readMembersRevs(
  sql: Sql,
  conversations: readonly Id[],
): Promise<Map<Id, number>> {
  const rows = await sql<{ id: Id; membersRev: number }[]>`
    select id, members_rev from conversations
    where id = any(${arrayLiteral(conversations)}::uuid[])`;
  return new Map(rows.map(({ id, membersRev }) => [id, membersRev]));
}

/** Of a conversation's members any `limit`, or all where they are fewer. */
export async function readSomeMembers(sql: Sql, conversation: Id, limit: number): Promise<Id[]> {
  const rows = await sql<{ userId: Id }[]>`
    select user_id from members where conversation_id = ${conversation} limit ${limit}`;
  return rows.map(({ userId }) => userId);
}

/** What somebody may do in a conversation who is a member. */
export type Seat = {
  membersRev: number;
  /** Whether the conversation is open, and no admin has silenced this person. */
  mayWrite: boolean;
};

/** For each person and conversation, in their order; undefined for who is no member. */
export async function readSeats(
  sql: Sql,
  asked: readonly { conversation: Id; user: Id }[],
): Promise<(Seat | undefined)[]> {
  const rows = await sql<(Seat & { n: number })[]>`
    select a.n, c.members_rev, ${isOpen(sql)}
      and coalesce(m.silenced_until <= clock_timestamp(), true) as may_write
    from unnest(${arrayLiteral(asked.map(({ conversation }) => conversation))}::text::uuid[],
      ${arrayLiteral(asked.map(({ user }) => user))}::text::uuid[])
      with ordinality as a(conversation_id, user_id, n)
    join members m on m.conversation_id = a.conversation_id and m.user_id = a.user_id
    join conversations c on c.id = m.conversation_id`;
  const found = new Map(rows.map(({ n, ...seat }) => [n, seat]));
  return asked.map((_, index) => found.get(index + 1));
}

/** Of the conversation `c`: everyone in it may write, as far as it alone decides. */
function isOpen(sql: Sql): Fragment {
  return sql`(c.kind = 'group' or (
        select count(*) = 2 from contacts k
        join members a on a.conversation_id = c.id and a.user_id = k.user_id
        join members b on b.conversation_id = c.id and b.user_id = k.contact_id) and not exists (
        select from blocks k
        join members a on a.conversation_id = c.id and a.user_id = k.user_id
        join members b on b.conversation_id = c.id and b.user_id = k.blocked_id))`;
}
