import { FOLLOWED } from "../bus/audience.ts";
import type { Head, Id } from "../protocol/model.ts";
import { isElsewhere, readEpoch } from "./log_epoch.ts";
import type { PendingQuery, Queries, Sql } from "./open.ts";

export type TicketOwner = { session: Id; user: Id };

export async function insertTicket(
  sql: Sql,
  ticket: { hash: string; session: Id; node: string; seconds: number },
): Promise<void> {
  // Tickets that nobody used are swept along: nothing else ever looks at them.
  await sql`
    with swept as (delete from tickets where expires_at < now() - interval '1 minute')
    insert into tickets (hash, session_id, node, expires_at)
    values (${ticket.hash}, ${ticket.session}, ${ticket.node},
      clock_timestamp() + make_interval(secs => ${ticket.seconds}))`;
}

/** Uses a ticket up. Undefined for a used, expired or foreign one, and for an ended session's. */
export async function useTicket(
  sql: Sql,
  hash: string,
  node: string,
): Promise<TicketOwner | undefined> {
  const [owner] = await sql<TicketOwner[]>`
    with used as (
      delete from tickets
      where hash = ${hash} and node = ${node} and expires_at > clock_timestamp()
      returning session_id
    )
    select s.id as session, s.user_id as user from used join sessions s on s.id = used.session_id
    where s.ended_at is null and s.expires_at > clock_timestamp()`;
  return owner;
}

export type Start = {
  epoch: Id;
  heads: Head[];
  /** Those conversations that nodes follow by a topic of their own. */
  large: Id[];
};

/** What a new connection starts from, in one snapshot; undefined if its session has ended. */
export async function readStart(sql: Sql, session: Id): Promise<Start | undefined> {
  const rows = await queryStart(sql, session);
  const first = rows[0];
  if (first === undefined) return undefined;
  if (first.elsewhere) {
    // Its name has to be another one before anybody hears it.
    await readEpoch(sql);
    return await readStart(sql, session);
  }
  const heads: Head[] = [];
  const large: Id[] = [];
  for (const { conversation, seq, rev, readSeq, ...row } of rows) {
    if (conversation === null) continue;
    heads.push({ conversation, seq, rev, readSeq });
    if (row.memberCount >= FOLLOWED) large.push(conversation);
  }
  return { epoch: first.epoch, heads, large };
}

type StartRow = {
  epoch: Id;
  elsewhere: boolean;
  conversation: Id | null;
  seq: number;
  rev: number;
  readSeq: number;
  memberCount: number;
};

/** The one statement behind it, not run yet: each row by its key, as in the list of conversations. */
export function queryStart(sql: Queries, session: Id): PendingQuery<StartRow[]> {
  return sql<StartRow[]>`
    select e.epoch, ${isElsewhere(sql)} as elsewhere, h.*
    from sessions s cross join log_epoch e cross join log_place() p
    left join lateral (
      select c.id as conversation, c.seq, c.rev, m.read_seq, c.member_count
      from members m
      cross join lateral (select * from conversations where id = m.conversation_id offset 0) c
      where m.user_id = s.user_id
    ) h on true
    where s.id = ${session} and s.ended_at is null and s.expires_at > clock_timestamp()`;
}
