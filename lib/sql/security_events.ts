/**
 * What happened to people's accounts, for themselves to read. Nothing here is ever changed, and
 * nobody sees what is older than 180 days: each new event sweeps a few of those along.
 */
import type { Id, SecurityEvent } from "../protocol/model.ts";
import type { Fragment, Queries, Sql } from "./open.ts";

const KEPT_DAYS = 180;
/** Old ones that go with each new one: more than come, so that the table ends where the days do. */
const SWEPT = 10;
/** Seconds in which failures from one network address are one event, and most of them in an hour. */
const FAILURES_APART = 60;
const FAILURES_AN_HOUR = 20;

export type NewSecurityEvent = {
  user: Id;
  type: SecurityEvent["type"];
  /** The session that did it, or that it was done to. */
  session?: Id | undefined;
  /** What it was done from; that session's own where nobody says. */
  device?: string | undefined;
  ip: string;
};

/** Within the transaction of what it tells of, where there is one: so neither is without the other. */
export async function insertSecurityEvent(sql: Queries, event: NewSecurityEvent): Promise<void> {
  await sql`
    with ${swept(sql)}
    insert into security_events (id, user_id, type, session_id, device, ip)
    values (${orderedId(sql, event.user)}, ${event.user}, ${event.type}, ${event.session ?? null},
      coalesce(${event.device ?? null}::text,
        (select device from sessions where id = ${event.session ?? null}::uuid), ''),
      ${event.ip})`;
}

/**
 * Notes that somebody tried a wrong password, at most so often: whoever guesses fills no disk. Of an
 * account that does not exist it asks the same and stores nothing.
 */
export async function insertFailedSignIn(
  sql: Queries,
  { user, device, ip }: { user: Id; device: string; ip: string },
): Promise<void> {
  await sql`
    with ${swept(sql)}, failed as (
      select ip, created_at from security_events
      where user_id = ${user} and type = 'sign-in-failed'
        and created_at > clock_timestamp() - interval '1 hour'
      order by created_at desc limit ${FAILURES_AN_HOUR}
    )
    insert into security_events (id, user_id, type, device, ip)
    select ${
    orderedId(sql, user)
  }, u.id, 'sign-in-failed', ${device}::text, ${ip}::text from users u
    where u.id = ${user} and (select count(*) from failed) < ${FAILURES_AN_HOUR}
      and not exists (select from failed where ip = ${ip}
        and created_at > clock_timestamp() - make_interval(secs => ${FAILURES_APART}))`;
}

/** A page of a person's events, the newest first, and where the next one begins. */
export async function readSecurityEvents(
  sql: Sql,
  user: Id,
  { before, limit }: { before?: Id | undefined; limit: number },
): Promise<{ events: SecurityEvent[]; next: Id | null }> {
  const events = await sql<SecurityEvent[]>`
    select id, type, created_at as at, device, ip, session_id as session from security_events
    where user_id = ${user} and ${before === undefined ? sql`true` : sql`id < ${before}`}
      and created_at > clock_timestamp() - make_interval(days => ${KEPT_DAYS})
    order by id desc limit ${limit + 1}`;
  const page = events.slice(0, limit);
  return { events: page, next: events.length > limit ? page.at(-1)?.id ?? null : null };
}

/** Whoever is at one already passes it over, so nobody waits for anybody. */
function swept(sql: Queries): Fragment {
  return sql`swept as (
    delete from security_events where id in (
      select id from security_events
      where created_at < clock_timestamp() - make_interval(days => ${KEPT_DAYS})
      order by created_at limit ${SWEPT} for update skip locked
    )
  )`;
}

/**
 * A UUIDv7 of the database's clock, with the part of the millisecond in front of what is random (RFC
 * 9562, method 3), and later than what its owner has already: neither which process wrote an event nor
 * how soon after another decides their order. The embedded database's clock has whole milliseconds.
 */
function orderedId(sql: Queries, user: Id): Fragment {
  return sql`(
    select encode(overlay(uuid_send(gen_random_uuid())
      placing int8send(((at >> 12) << 16) | (7 << 12) | (at & 4095)) from 1 for 8), 'hex')::uuid
    from (
      select greatest(us / 1000 * 4096 + us % 1000 * 4096 / 1000, 1 + (
        select ('x' || replace(left(id::text, 13), '-', '') || substr(id::text, 16, 3))::bit(60)::bigint
        from security_events where user_id = ${user} order by id desc limit 1)) as at
      from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as us) now
    ) next)`;
}
