/** An account's end once its grace is over, as far as one transaction goes. */
import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";

/** Seconds in which somebody may still be brought into a group by who asked before the end. */
const STRAGGLERS = 60;

/** Whose grace is over and of whom something is left, those who wait longest first. */
export async function readDueDeletions(sql: Sql): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    select id from users where deletes_at <= clock_timestamp() order by deletes_at, id limit 100`;
  return rows.map(({ id }) => id);
}

/** Everybody who is a contact of `user`, in whatever list they are shown. */
export async function readContactIds(sql: Sql, user: Id): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    select contact_id as id from contacts where user_id = ${user}`;
  return rows.map(({ id }) => id);
}

/** What is to be told of an account that was emptied. */
export type Emptied = {
  /** Between whom and this person a request was open; but for who blocks them. */
  asked: Id[];
  /** With whom this person has had a conversation. */
  peers: { user: Id; conversation: Id }[];
};

/**
 * Takes everything out of an account that is about its owner. The row stays, so that what they said
 * has a sender. Their names are free: what stands in their places nobody can choose.
 *
 * Whoever becomes anything of this person's locks the row first, as this does: so none of that is left.
 * Nobody's rights change by it: who may write to whom changed with the contacts, which have to be gone.
 * @returns undefined where there is nothing to do, somebody else does it, or there is a contact
 */
export async function emptyAccount(sql: Sql, user: Id): Promise<Emptied | undefined> {
  return await inTransaction(sql, async (tx) => {
    const due = await tx`
      select from users where id = ${user} and deletes_at <= clock_timestamp()
        and deleted_at is null
      for update skip locked`;
    if (due.length === 0) return undefined;
    // A statement of its own: one that waits for a row reads everything else as of before the wait.
    const contacts = await tx`
      select from contacts where user_id = ${user} limit 1`;
    if (contacts.length > 0) return undefined;
    const asked = await tx<{ id: Id }[]>`
      with gone as (
        delete from contact_requests where ${user} in (from_id, to_id) returning from_id, to_id
      )
      select case when from_id = ${user} then to_id else from_id end as id from gone
      where not exists (
        select from blocks where blocked_id = ${user} and user_id in (from_id, to_id))`;
    const peers = await tx<Emptied["peers"]>`
      select x.user_id as user, c.id as conversation
      from members m join conversations c on c.id = m.conversation_id
      join members x on x.conversation_id = c.id and x.user_id <> m.user_id
      where m.user_id = ${user} and c.kind = 'direct'`;
    await tx`delete from blocks where ${user} in (user_id, blocked_id)`;
    await tx`delete from invites where created_by = ${user}`;
    await tx`delete from security_events where user_id = ${user}`;
    await tx`delete from sessions where user_id = ${user}`;
    // What they sent stays where it was said, and the rest goes with the next sweep.
    await tx`update files set kept = false where owner_id = ${user} and kept`;
    await tx`delete from uploads where owner_id = ${user}`;
    await tx`update members set draft = '', muted_until = null, pinned = false, hidden_seq = null,
        marked_seq = null
      where user_id = ${user}`;
    await tx`
      update users set username = 'deleted-' || id, email = 'deleted-' || id, display_name = '',
        bio = '', avatar = null, password_hash = '', language = null,
        deleted_at = date_trunc('milliseconds', clock_timestamp())
      where id = ${user}`;
    return { asked: asked.map(({ id }) => id), peers: [...peers] };
  });
}

/** The groups that an emptied account is still in. */
export async function readGroupsOfDeleted(sql: Sql, user: Id): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    select c.id from users u join members m on m.user_id = u.id
    join conversations c on c.id = m.conversation_id
    where u.id = ${user} and u.deleted_at is not null and c.kind = 'group' order by c.id`;
  return rows.map(({ id }) => id);
}

/** The end is the end once nobody can be left who brings this person into a group. */
export async function finishDeletion(sql: Sql, user: Id): Promise<void> {
  await sql`
    update users set deletes_at = null
    where id = ${user} and deleted_at < clock_timestamp() - make_interval(secs => ${STRAGGLERS})
      and not exists (
        select from members m join conversations c on c.id = m.conversation_id
        where m.user_id = ${user} and c.kind = 'group')`;
}
