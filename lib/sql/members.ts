import type { Id, Role } from "../protocol/model.ts";
import { arrayLiteral, type Sql } from "./open.ts";

/** Who may read and write in a conversation, as of one version of its membership. */
export type Membership = {
  conversation: Id;
  /** The version. An append that names another one is refused. */
  membersRev: number;
  historyVisible: boolean;
  /** False in a direct conversation of people who are no longer contacts. */
  open: boolean;
  members: ReadonlyMap<Id, { role: Role; joinedSeq: number }>;
};

/** The memberships of those conversations that exist, each from one snapshot. */
export async function readMemberships(
  sql: Sql,
  conversations: readonly Id[],
): Promise<Membership[]> {
  type Row = {
    conversation: Id;
    membersRev: number;
    historyVisible: boolean;
    open: boolean;
    members: { user: Id; role: Role; joinedSeq: number }[];
  };
  const rows = await sql<Row[]>`
    select c.id as conversation, c.members_rev, c.history_visible,
      (c.kind = 'group' or (
        select count(*) = 2 from contacts k
        join members a on a.conversation_id = c.id and a.user_id = k.user_id
        join members b on b.conversation_id = c.id and b.user_id = k.contact_id)) as open,
      coalesce((
        select jsonb_agg(jsonb_build_object('user', m.user_id, 'role', m.role, 'joinedSeq', m.joined_seq))
        from members m where m.conversation_id = c.id), '[]') as members
    from conversations c where c.id = any(${arrayLiteral(conversations)}::uuid[])`;
  return rows.map(({ members, ...row }) => ({
    ...row,
    members: new Map(members.map(({ user, role, joinedSeq }) => [user, { role, joinedSeq }])),
  }));
}
