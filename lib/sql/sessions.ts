import type { Id, SessionEntry } from "../protocol/model.ts";
import { inTransaction } from "./in_transaction.ts";
import type { Fragment, Queries, Sql } from "./open.ts";
import { insertSecurityEvent } from "./security_events.ts";

/** Days without a refresh after which a session is over, and days after which it ends in any case. */
const IDLE_DAYS = 30;
const ABSOLUTE_DAYS = 90;
/** Seconds in which a refresh token that was just rotated still answers: two tabs, one cookie. */
const ROTATION_GRACE = 10;
/** Rotations whose times are kept: more within the grace are somebody's mistake. */
const REMEMBERED = 10;

/** Sessions that a person has at a time, and that are shown: most have a few. */
const MOST = 100;

/** Days for which what ended is kept: as long as the events that name it. */
const KEPT_DAYS = 180;
/** Old ones that go with each new one: more than come, so that the table ends where the days do. */
const SWEPT = 10;

/** Why a session ended that was one too many. */
export const SURPLUS = "too-many-sessions";

export type LiveSession = {
  id: Id;
  userId: Id;
  device: string;
  /** Of the refresh token in force. */
  generation: number;
  /** Seconds until the refresh token ends. */
  refreshExpiresIn: number;
};

export type Rotation =
  | { outcome: "rotated" | "grace"; session: LiveSession }
  /** An old token came back: someone has a copy. The session is ended. */
  | { outcome: "reused"; session: LiveSession }
  | { outcome: "gone" };

export type NewSession = { id: Id; userId: Id; device: string; ip: string };

/**
 * Begins a session; undefined where the account may have none. Its row is locked meanwhile, so that
 * whoever disables an account, asks for its end or changes its password, and then ends all of its
 * sessions, misses none.
 * @param passwordHash what the person has just shown to know: it has to be in force still
 */
export async function insertSession(
  sql: Queries,
  session: NewSession,
  passwordHash?: string,
): Promise<LiveSession | undefined> {
  const [row] = await sql<LiveSession[]>`
    with swept as (
      delete from sessions where id in (
        select id from sessions
        where coalesce(ended_at, expires_at) < clock_timestamp() - make_interval(days => ${KEPT_DAYS})
        order by coalesce(ended_at, expires_at) limit ${SWEPT} for update skip locked
      )
    )
    insert into sessions (id, user_id, device, ip, expires_at, ends_at)
    select ${session.id}::uuid, u.id, ${session.device}::text, ${session.ip}::text,
      now() + make_interval(days => ${IDLE_DAYS}), now() + make_interval(days => ${ABSOLUTE_DAYS})
    from users u
    where u.id = ${session.userId} and u.disabled_at is null and u.deletes_at is null
      and u.deleted_at is null
      and ${passwordHash === undefined ? sql`true` : sql`u.password_hash = ${passwordHash}`}
    for share
    returning ${live(sql)}`;
  return row;
}

/**
 * Moves a session on from the refresh token of `generation`. One that is ahead of the row is no old
 * one: a backup was restored, and the session goes on from where its client is.
 * @param ip the network address that asked for it
 */
export async function rotateSession(
  sql: Sql,
  id: Id,
  generation: number,
  ip: string,
): Promise<Rotation> {
  const [rotated] = await sql<LiveSession[]>`
    update sessions set generation = ${generation}::int + 1, last_used_at = now(), ip = ${ip},
      rotations = case when generation = ${generation}
        then (rotations || now())[greatest(1, cardinality(rotations) + 2 - ${REMEMBERED}::int):]
        else array[now()] end,
      expires_at = least(now() + make_interval(days => ${IDLE_DAYS}), ends_at)
    where id = ${id} and generation <= ${generation} and ended_at is null and expires_at > now()
    returning ${live(sql)}`;
  if (rotated !== undefined) return { outcome: "rotated", session: rotated };

  const [current] = await sql<(LiveSession & { recent: boolean })[]>`
    select ${live(sql)}, coalesce(
        rotations[cardinality(rotations) - (generation - 1 - ${generation})]
          > now() - make_interval(secs => ${ROTATION_GRACE}), false) as recent
    from sessions where id = ${id} and ended_at is null and expires_at > now()`;
  if (current === undefined) return { outcome: "gone" };
  if (current.recent) return { outcome: "grace", session: current };
  const type = "refresh-token-reused";
  const ended = await inTransaction(sql, async (tx) => {
    if (!await endSession(tx, id, type)) return false;
    await insertSecurityEvent(tx, { type, user: current.userId, session: id, ip });
    return true;
  });
  // Somebody else was faster.
  return ended ? { outcome: "reused", session: current } : { outcome: "gone" };
}

/** Ends a session; false if it had ended before, or is not of the person who is named. */
export async function endSession(
  sql: Queries,
  id: Id,
  reason: string,
  user?: Id,
): Promise<boolean> {
  const ended = await sql`
    update sessions set ended_at = clock_timestamp(), ended_reason = ${reason}
    where id = ${id} and ended_at is null and expires_at > clock_timestamp()
      and ${user === undefined ? sql`true` : sql`user_id = ${user}`}
    returning id`;
  return ended.length > 0;
}

/**
 * Ends all sessions of a person, but for one that is named. Who calls it tells the bus of each, when
 * all is committed.
 * @returns those that it ended
 */
export async function endSessionsOf(
  sql: Queries,
  user: Id,
  reason: string,
  { except = null }: { except?: Id | null } = {},
): Promise<Id[]> {
  const ended = await sql<{ id: Id }[]>`
    update sessions set ended_at = clock_timestamp(), ended_reason = ${reason}
    where user_id = ${user} and ended_at is null and expires_at > clock_timestamp()
      and id is distinct from ${except}::uuid
    returning id`;
  return ended.map(({ id }) => id);
}

/**
 * Ends those of a person's sessions that were used before the last hundred, so that whoever knows the
 * password cannot hide a session among thousands. Who calls it tells the bus of
 * each, when all is committed.
 * @returns those that it ended
 */
export async function endSurplusSessions(sql: Queries, user: Id): Promise<Id[]> {
  const ended = await sql<{ id: Id }[]>`
    update sessions set ended_at = clock_timestamp(), ended_reason = ${SURPLUS}
    where ended_at is null and id in (
      select id from sessions
      where user_id = ${user} and ended_at is null and expires_at > clock_timestamp()
      order by last_used_at desc, id desc offset ${MOST})
    returning id`;
  return ended.map(({ id }) => id);
}

/** Those of a person's sessions that go on: the current one, then the one used last. */
export async function listSessions(sql: Sql, user: Id, current: Id): Promise<SessionEntry[]> {
  return await sql<SessionEntry[]>`
    select id, device, created_at, last_used_at, ip, id = ${current} as current
    from sessions
    where user_id = ${user} and ended_at is null and expires_at > clock_timestamp()
    order by current desc, last_used_at desc, id desc limit ${MOST}`;
}

/** That a session goes on: whoever was thrown out finishes nothing that they had begun. */
export function goesOn(sql: Queries, session: Id): Fragment {
  return sql`exists (select from sessions
    where id = ${session} and ended_at is null and expires_at > clock_timestamp())`;
}

export async function sessionIsLive(sql: Sql, id: Id): Promise<boolean> {
  const rows = await sql`
    select from sessions where id = ${id} and ended_at is null and expires_at > now()`;
  return rows.length > 0;
}

/**
 * Sessions that ended or expired after `since`, and the database's time now. A session that is
 * ended in a transaction of its own may show up late, so callers ask with some overlap.
 */
export async function readEndedSessions(
  sql: Sql,
  since: number,
): Promise<{ sessions: Id[]; now: number }> {
  const [row] = await sql<{ sessions: Id[]; now: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
      to_jsonb(array(
        select id::text from sessions where ended_at > to_timestamp(${since}::float8 / 1000)
        union all
        select id::text from sessions where ended_at is null
          and expires_at between to_timestamp(${since}::float8 / 1000) and clock_timestamp()
      )) as sessions`;
  if (row === undefined) throw new Error("select returned no row");
  return row;
}

function live(sql: Queries): Fragment {
  return sql`id, user_id, device, generation,
    floor(extract(epoch from expires_at - now()))::int as refresh_expires_in`;
}
