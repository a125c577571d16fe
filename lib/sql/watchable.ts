import type { Id, Time } from "../protocol/model.ts";
import { arrayLiteral, type Sql } from "./open.ts";

/** Somebody who would know how somebody else is. */
export type Pair = { viewer: Id; user: Id };
/** `hiddenSince`: when the user began to block the viewer, to whom they look gone since. */
export type Watchable = Pair & { hiddenSince: Time | null };

/** Those of `pairs` where something of the user is shown: contacts whom the viewer does not block. */
export async function readWatchable(sql: Sql, pairs: readonly Pair[]): Promise<Watchable[]> {
  if (pairs.length === 0) return [];
  return await sql<Watchable[]>`
    select k.user_id as viewer, k.contact_id as user, hides.created_at as hidden_since
    from unnest(${arrayLiteral(pairs.map(({ viewer }) => viewer))}::uuid[],
        ${arrayLiteral(pairs.map(({ user }) => user))}::uuid[]) as asked(viewer, target)
    join contacts k on k.user_id = asked.viewer and k.contact_id = asked.target
    join contacts back on back.user_id = k.contact_id and back.contact_id = k.user_id
    left join blocks hides on hides.user_id = k.contact_id and hides.blocked_id = k.user_id
    where not exists (select from blocks b
      where b.user_id = k.user_id and b.blocked_id = k.contact_id)`;
}
