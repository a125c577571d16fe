import type { Id, Me, RelatedUser, User } from "../protocol/model.ts";
import type { Fragment, Queries, Sql } from "./open.ts";

export type NewUser = {
  id: Id;
  username: string;
  email: string;
  displayName: string;
  passwordHash: string;
};

const SEARCH_LIMIT = 20;

/** Which of the two names is taken, or the new person. */
export async function insertUser(
  sql: Sql,
  user: NewUser,
): Promise<{ user: Me } | { taken: "username" | "email" }> {
  const [created] = await sql<Me[]>`
    insert into users (id, username, email, display_name, password_hash)
    values (${user.id}, ${user.username}, ${user.email}, ${user.displayName}, ${user.passwordHash})
    on conflict do nothing
    returning id, username, display_name, avatar, bio, email, created_at`;
  if (created !== undefined) return { user: created };
  const [same] = await sql`select from users where username = ${user.username}`;
  return { taken: same === undefined ? "email" : "username" };
}

/** `login` is a username or an e-mail address. */
export async function findCredentials(
  sql: Sql,
  login: string,
): Promise<{ id: Id; passwordHash: string } | undefined> {
  const name = login.trim().toLowerCase();
  const [row] = await sql<{ id: Id; passwordHash: string }[]>`
    select id, password_hash from users where username = ${name} or email = ${name}`;
  return row;
}

export async function emailHasAccount(sql: Sql, email: string): Promise<boolean> {
  const rows = await sql`select from users where email = ${email}`;
  return rows.length > 0;
}

export async function readMe(sql: Sql, id: Id): Promise<Me | undefined> {
  const [me] = await sql<Me[]>`
    select id, username, display_name, avatar, bio, email, created_at from users where id = ${id}`;
  return me;
}

/** What is not named stays as it is. */
export async function updateMe(
  sql: Sql,
  id: Id,
  change: {
    displayName?: string | undefined;
    bio?: string | undefined;
    avatar?: Id | null | undefined;
  },
): Promise<Me | undefined> {
  const { displayName = null, bio = null, avatar } = change;
  const [me] = await sql<Me[]>`
    update users set display_name = coalesce(${displayName}, display_name),
      bio = coalesce(${bio}, bio),
      avatar = case when ${avatar === undefined}::bool then avatar else ${avatar ?? null}::uuid end
    where id = ${id}
    returning id, username, display_name, avatar, bio, email, created_at`;
  return me;
}

export async function readUser(sql: Sql, id: Id): Promise<User | undefined> {
  const [user] = await sql<User[]>`
    select id, username, display_name, avatar, bio from users where id = ${id}`;
  return user;
}

export async function readRelatedUser(
  sql: Sql,
  viewer: Id,
  id: Id,
): Promise<RelatedUser | undefined> {
  const [user] = await sql<RelatedUser[]>`
    select u.id, u.username, u.display_name, u.avatar, u.bio, ${relation(sql, viewer)}
    from users u where u.id = ${id}`;
  return user;
}

/** People whose e-mail or username is `query`, or whose names begin with it; exact matches first. */
export async function searchUsers(sql: Sql, viewer: Id, query: string): Promise<RelatedUser[]> {
  return await sql<RelatedUser[]>`${selectMatching(sql, viewer, query)}`;
}

/** Apart from `searchUsers`, so that a test can ask how it is carried out. */
export function selectMatching(sql: Sql, viewer: Id, query: string): Fragment {
  const exact = query.trim().toLowerCase();
  const prefix = exact.replace(/[\\%_]/g, "\\$&") + "%";
  return sql`
    select u.id, u.username, u.display_name, u.avatar, u.bio, ${relation(sql, viewer)}
    from users u
    where u.email = ${exact} or u.username like ${prefix} or lower(u.display_name) like ${prefix}
    order by (u.email = ${exact} or u.username = ${exact}) desc, u.username
    limit ${SEARCH_LIMIT}`;
}

/** A `User` as one JSON column, from the row of `users` called `alias`. */
export function userJson(sql: Queries, alias: string): Fragment {
  const column = (name: string) => sql(`${alias}.${name}`);
  return sql`jsonb_build_object('id', ${column("id")}, 'username', ${column("username")},
    'displayName', ${column("display_name")}, 'avatar', ${column("avatar")},
    'bio', ${column("bio")})`;
}

function relation(sql: Sql, viewer: Id): Fragment {
  return sql`case
    when u.id = ${viewer} then 'self'
    when exists (select from blocks where user_id = ${viewer} and blocked_id = u.id) then 'blocked'
    when exists (select from contacts where user_id = ${viewer} and contact_id = u.id) then 'contact'
    when exists (select from contact_requests where from_id = ${viewer} and to_id = u.id) then 'requested'
    when exists (select from contact_requests where from_id = u.id and to_id = ${viewer}) then 'incoming'
    else 'none' end as relation`;
}
