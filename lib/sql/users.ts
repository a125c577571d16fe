import type { Id, Me, RelatedUser, User } from "../protocol/model.ts";
import { requireOwnPicture } from "./files/own_picture.ts";
import { inTransaction } from "./in_transaction.ts";
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
    returning ${meColumns(sql)}`;
  if (created !== undefined) return { user: created };
  const [same] = await sql`select from users where username = ${user.username}`;
  return { taken: same === undefined ? "email" : "username" };
}

export type Credentials = {
  id: Id;
  passwordHash: string;
  /** Its owner asked for its end, which signing in calls off. */
  leaving: boolean;
};

/**
 * `login` is a username or an e-mail address. An account that is disabled, or whose time to call its
 * end off is over, is found as little as one that never was.
 */
export async function findCredentials(sql: Sql, login: string): Promise<Credentials | undefined> {
  const name = login.trim().toLowerCase();
  const [row] = await sql<Credentials[]>`
    select id, password_hash, deletes_at is not null as leaving
    from users where (username = ${name} or email = ${name})
      and disabled_at is null and deleted_at is null
      and (deletes_at is null or deletes_at > clock_timestamp())`;
  return row;
}

/** Of somebody who is signed in still: what to compare before anything of their account is changed. */
export type OwnCredentials = {
  passwordHash: string;
  username: string;
  email: string;
  displayName: string;
  /** What the session's device is called. */
  device: string;
};

export async function readOwnCredentials(
  sql: Sql,
  user: Id,
  session: Id,
): Promise<OwnCredentials | undefined> {
  const [row] = await sql<OwnCredentials[]>`
    select u.password_hash, u.username, u.email, u.display_name, s.device
    from users u join sessions s on s.user_id = u.id
    where u.id = ${user} and s.id = ${session} and u.deleted_at is null
      and s.ended_at is null and s.expires_at > clock_timestamp()`;
  return row;
}

export async function emailHasAccount(sql: Sql, email: string): Promise<boolean> {
  const rows = await sql`select from users where email = ${email}`;
  return rows.length > 0;
}

export async function readMe(sql: Sql, id: Id): Promise<Me | undefined> {
  const [me] = await sql<Me[]>`
    select ${meColumns(sql)} from users where id = ${id} and deleted_at is null`;
  return me;
}

/**
 * What is not named stays as it is.
 * @throws AppError `not-found` and `invalid` for a picture that cannot be theirs
 */
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
  const update = async (queries: Queries) => {
    const [me] = await queries<Me[]>`
      update users set display_name = coalesce(${displayName}, display_name),
        bio = coalesce(${bio}, bio),
        avatar = case when ${avatar === undefined}::bool then avatar
          else ${avatar ?? null}::uuid end
      where id = ${id} and deleted_at is null
      returning ${meColumns(queries)}`;
    return me;
  };
  if (avatar === undefined || avatar === null) return await update(sql);
  return await inTransaction(sql, async (tx) => {
    await requireOwnPicture(tx, id, avatar);
    return await update(tx);
  });
}

export async function readUser(sql: Sql, id: Id): Promise<User | undefined> {
  const [row] = await sql<{ user: User }[]>`
    select ${userJson(sql, "u")} as user from users u where u.id = ${id}`;
  return row?.user;
}

export async function readRelatedUser(
  sql: Sql,
  viewer: Id,
  id: Id,
): Promise<RelatedUser | undefined> {
  const [row] = await sql<{ user: User; relation: RelatedUser["relation"] }[]>`
    select ${userJson(sql, "u")} as user, ${relation(sql, viewer)} from users u where u.id = ${id}`;
  return row && { ...row.user, relation: row.relation };
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
    where (u.email = ${exact} or u.username like ${prefix} or lower(u.display_name) like ${prefix})
      and u.deleted_at is null
    order by (u.email = ${exact} or u.username = ${exact}) desc, u.username
    limit ${SEARCH_LIMIT}`;
}

/** What people see of their own account, as columns of `users`. */
export function meColumns(sql: Queries): Fragment {
  return sql`id, username, display_name, avatar, bio, email, created_at`;
}

/** A `User` as one JSON column, from the row of `users` called `alias`. */
export function userJson(sql: Queries, alias: string): Fragment {
  const column = (name: string) => sql(`${alias}.${name}`);
  return sql`(jsonb_build_object('id', ${column("id")}, 'username', ${column("username")},
    'displayName', ${column("display_name")}, 'avatar', ${column("avatar")},
    'bio', ${column("bio")}) || case when ${column("deleted_at")} is null then '{}'::jsonb
    else '{"deleted": true}' end)`;
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
