import type { Id } from "../protocol/model.ts";
import { type Fragment, type Sql } from "./open.ts";

/** Days without a refresh after which a session is over, and days after which it ends in any case. */
const IDLE_DAYS = 30;
const ABSOLUTE_DAYS = 90;
/** Seconds in which a refresh token that was just rotated still answers: two tabs, one cookie. */
const ROTATION_GRACE = 10;
/** Rotations whose times are kept: more within the grace are somebody's mistake. */
const REMEMBERED = 10;

export type LiveSession = {
  id: Id;
  userId: Id;
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

export async function insertSession(
  sql: Sql,
  session: { id: Id; userId: Id; device: string; ip: string },
): Promise<LiveSession> {
  const [row] = await sql<LiveSession[]>`
    insert into sessions (id, user_id, device, ip, expires_at, ends_at)
    values (${session.id}, ${session.userId}, ${session.device}, ${session.ip},
      now() + make_interval(days => ${IDLE_DAYS}), now() + make_interval(days => ${ABSOLUTE_DAYS}))
    returning ${live(sql)}`;
  if (row === undefined) throw new Error("insert returned no session");
  return row;
}

/** Moves a session on from the refresh token of `generation`. */
export async function rotateSession(sql: Sql, id: Id, generation: number): Promise<Rotation> {
  const [rotated] = await sql<LiveSession[]>`
    update sessions set generation = generation + 1, last_used_at = now(),
      rotations = (rotations || now())[greatest(1, cardinality(rotations) + 2 - ${REMEMBERED}::int):],
      expires_at = least(now() + make_interval(days => ${IDLE_DAYS}), ends_at)
    where id = ${id} and generation = ${generation} and ended_at is null and expires_at > now()
    returning ${live(sql)}`;
  if (rotated !== undefined) return { outcome: "rotated", session: rotated };

  const [current] = await sql<(LiveSession & { recent: boolean })[]>`
    select ${live(sql)}, coalesce(
        rotations[cardinality(rotations) - (generation - 1 - ${generation})]
          > now() - make_interval(secs => ${ROTATION_GRACE}), false) as recent
    from sessions where id = ${id} and ended_at is null and expires_at > now()`;
  if (current === undefined) return { outcome: "gone" };
  if (current.recent) return { outcome: "grace", session: current };
  await endSession(sql, id, "refresh-token-reused");
  return { outcome: "reused", session: current };
}

/** Ends a session; false if it had ended before. */
export async function endSession(sql: Sql, id: Id, reason: string): Promise<boolean> {
  const ended = await sql`
    update sessions set ended_at = clock_timestamp(), ended_reason = ${reason}
    where id = ${id} and ended_at is null returning id`;
  return ended.length > 0;
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

function live(sql: Sql): Fragment {
  return sql`id, user_id, generation,
    floor(extract(epoch from expires_at - now()))::int as refresh_expires_in`;
}
