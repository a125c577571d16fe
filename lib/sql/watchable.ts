import type { Id } from "../protocol/model.ts";
import { arrayLiteral, type Sql } from "./open.ts";

/** Those of `users` whose presence is for `viewer`: contacts of whom neither blocks the other. */
export async function readWatchable(
  sql: Sql,
  viewer: Id,
  users: readonly Id[],
): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    select k.contact_id as id from contacts k
    join contacts back on back.user_id = k.contact_id and back.contact_id = k.user_id
    where k.user_id = ${viewer} and k.contact_id = any(${arrayLiteral(users)}::uuid[])
      and not exists (select from blocks b
        where b.user_id = k.user_id and b.blocked_id = k.contact_id)
      and not exists (select from blocks b
        where b.user_id = k.contact_id and b.blocked_id = k.user_id)`;
  return rows.map(({ id }) => id);
}
