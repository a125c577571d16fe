/** Mails on their way to a mail server. Every time is the database's, and every length in milliseconds. */
import type { Id } from "../protocol/model.ts";
import type { Sql } from "./open.ts";

export type ClaimedMail = {
  id: Id;
  kind: string;
  sealed: Uint8Array;
  /** This one included; together with `id` it says whose try it is. */
  tries: number;
  /** How long it is still worth something. */
  lasts: number;
};

export async function insertMail(
  sql: Sql,
  mail: { id: Id; kind: string; sealed: Uint8Array; lasts: number },
): Promise<void> {
  await sql`
    insert into mails (id, kind, sealed, worthless_at)
    values (${mail.id}, ${mail.kind}, ${mail.sealed},
      clock_timestamp() + ${mail.lasts}::float8 * interval '1 ms')`;
}

/**
 * The mail that has waited longest, if there is one and a mail may leave now. It is the caller's for
 * `lease`; whoever asks meanwhile gets another one.
 * @param every how much later the next one may leave, whoever asks
 */
export async function claimMail(
  sql: Sql,
  { every, lease }: { every: number; lease: number },
): Promise<ClaimedMail | undefined> {
  const [mail] = await sql<ClaimedMail[]>`
    with turn as (
      update mail_rate set next_at = clock_timestamp() + ${every}::float8 * interval '1 ms'
      where next_at <= clock_timestamp() and exists (
        select from mails where due_at <= clock_timestamp() and worthless_at > clock_timestamp())
      returning single
    ), due as (
      select m.id from mails m cross join turn
      where m.due_at <= clock_timestamp() and m.worthless_at > clock_timestamp()
      order by m.due_at limit 1 for update of m skip locked
    )
    update mails m set tries = m.tries + 1,
      due_at = clock_timestamp() + ${lease}::float8 * interval '1 ms'
    from due where m.id = due.id
    returning m.id, m.kind, m.sealed, m.tries,
      (extract(epoch from m.worthless_at - clock_timestamp()) * 1000)::float8 as lasts`;
  return mail;
}

/** It is sent, or never will be. False where another try has begun since. */
export async function removeMail(
  sql: Sql,
  { id, tries }: Pick<ClaimedMail, "id" | "tries">,
): Promise<boolean> {
  const removed = await sql`delete from mails where id = ${id} and tries = ${tries} returning id`;
  return removed.length > 0;
}

/** Lets it be tried again after `wait`. */
export async function delayMail(
  sql: Sql,
  { id, tries }: Pick<ClaimedMail, "id" | "tries">,
  wait: number,
): Promise<void> {
  await sql`
    update mails set due_at = clock_timestamp() + ${wait}::float8 * interval '1 ms'
    where id = ${id} and tries = ${tries}`;
}

/** Removes what nobody needs any more, but what somebody is at. */
export async function sweepMails(sql: Sql): Promise<{ kind: string; tries: number }[]> {
  const swept = await sql<{ kind: string; tries: number }[]>`
    delete from mails
    where worthless_at <= clock_timestamp() and due_at <= clock_timestamp()
    returning kind, tries`;
  return [...swept];
}

/** Mails that are due within `ms`. */
export async function countMails(sql: Sql, ms: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from mails
    where due_at <= clock_timestamp() + ${ms}::float8 * interval '1 ms'
      and worthless_at > clock_timestamp()`;
  return row?.count ?? 0;
}
