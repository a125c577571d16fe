import type { Id } from "../protocol/model.ts";
import type { Fragment, Queries } from "./open.ts";

/**
 * Whether the log in `e` (log_epoch) is at another place than the one noted beside its epoch, which
 * is `p` (log_place()). What this role may not ask for differs from nothing.
 */
export function isElsewhere(sql: Queries): Fragment {
  return sql`coalesce(e.system_identifier <> p.system_identifier or e.timeline <> p.timeline
    or e.place <> p.place, false)`;
}

/** Whether nobody has noted yet where the log in `e` is. */
function isNew(sql: Queries): Fragment {
  return sql`(e.place is null or e.system_identifier is null and p.system_identifier is not null)`;
}

/**
 * The name of the log. One that was restored, or goes on on a server that was promoted, gets a new one
 * first: once, whoever notices, because the others wait for the row and find it changed.
 */
export async function readEpoch(sql: Queries): Promise<Id> {
  const [known] = await sql<{ epoch: Id; settled: boolean }[]>`
    select e.epoch, not (${isElsewhere(sql)} or ${isNew(sql)}) as settled
    from log_epoch e cross join log_place() p`;
  if (known === undefined) throw new Error("the log has no name");
  if (known.settled) return known.epoch;
  await sql`
    update log_epoch e set
      epoch = case when ${isElsewhere(sql)} then gen_random_uuid() else e.epoch end,
      system_identifier = coalesce(p.system_identifier, e.system_identifier),
      timeline = coalesce(p.timeline, e.timeline),
      place = p.place
    from log_place() p where ${isElsewhere(sql)} or ${isNew(sql)}`;
  const [renewed] = await sql<{ epoch: Id }[]>`select epoch from log_epoch`;
  return renewed?.epoch ?? known.epoch;
}

/** Whether this role may ask which server it is: otherwise some restored logs go unnoticed. */
export async function knowsServer(sql: Queries): Promise<boolean> {
  const [row] = await sql<{ known: boolean }[]>`
    select system_identifier is not null as known from log_place()`;
  return row?.known ?? false;
}
