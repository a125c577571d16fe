/** Groups with roles, and crowds: put straight into the database, by one statement each. */
import { newId } from "../../lib/ids.ts";
import type { Id, Role, SystemEvent } from "../../lib/protocol/model.ts";
import { arrayLiteral, type Sql } from "../../lib/sql/open.ts";

/** Many people, who have no password. */
export async function seedCrowd(sql: Sql, count: number): Promise<Id[]> {
  const ids = Array.from({ length: count }, () => newId());
  await sql`
    insert into users (id, username, email, display_name, password_hash)
    select id, name, name || '@example.org', name, 'none'
    from (select id, 'crowd_' || replace(id::text, '-', '') as name
      from unnest(${arrayLiteral(ids)}::uuid[]) id) u`;
  return ids;
}

/** Makes all of them contacts of `user`, over one conversation, where no test of theirs looks. */
export async function seedContactsOf(sql: Sql, user: Id, others: readonly Id[]): Promise<void> {
  const conversation = newId();
  await sql`insert into conversations (id, kind) values (${conversation}, 'direct')`;
  await sql`
    insert into contacts (user_id, contact_id, conversation_id)
    select ${user}::uuid, o, ${conversation}::uuid from unnest(${arrayLiteral(others)}::uuid[]) o
    union all
    select o, ${user}::uuid, ${conversation}::uuid from unnest(${arrayLiteral(others)}::uuid[]) o`;
}

export async function seedBlock(sql: Sql, user: Id, blocked: Id): Promise<void> {
  await sql`insert into blocks (user_id, blocked_id) values (${user}, ${blocked})`;
}

/** A group in whose log nothing is said yet. */
export async function seedGroupOf(
  sql: Sql,
  people: { owner: Id; admins?: readonly Id[]; members?: readonly Id[] },
): Promise<Id> {
  const { owner, admins = [], members = [] } = people;
  const id = newId();
  const users = [owner, ...admins, ...members];
  const roles = [
    "owner",
    ...admins.map(() => "admin"),
    ...members.map(() => "member"),
  ];
  await sql.begin(async (tx) => {
    await tx`insert into conversations (id, kind, title, member_count)
      values (${id}, 'group', 'A group', ${users.length})`;
    await tx`insert into members (conversation_id, user_id, role)
      select ${id}::uuid, u, r
      from unnest(${arrayLiteral(users)}::uuid[], ${arrayLiteral(roles)}::text[]) m (u, r)`;
  });
  return id;
}

/** What the group is made of, for comparisons: whoever is in it, and their roles. */
export async function readRoles(sql: Sql, conversation: Id): Promise<Record<Id, Role>> {
  const rows = await sql<{ userId: Id; role: Role }[]>`
    select user_id, role from members where conversation_id = ${conversation} order by user_id`;
  return Object.fromEntries(rows.map(({ userId, role }) => [userId, role]));
}

/** What its log says was done to it, in order. */
export async function readEvents(sql: Sql, conversation: Id): Promise<SystemEvent[]> {
  const rows = await sql<{ event: SystemEvent }[]>`
    select event from messages where conversation_id = ${conversation} and kind = 'system'
    order by seq`;
  return rows.map(({ event }) => event);
}
