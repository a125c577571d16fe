import type { Contact, ContactRequest, Id } from "../protocol/model.ts";
import { newId } from "../ids.ts";
import { openDirectConversation } from "./conversations.ts";
import type { Sql, Transaction } from "./open.ts";
import { userJson } from "./users.ts";

/** `to` and `from` are locked, in order of their ids, so that crossing requests meet. */
export async function lockPair(tx: Transaction, one: Id, other: Id): Promise<boolean> {
  const found = await tx`
    select id from users where id in (${one}, ${other}) order by id for no key update`;
  return found.length === 2;
}

export type RequestOutcome =
  | { outcome: "requested"; request: Id }
  /** The other person had asked already, so the two are contacts now. */
  | { outcome: "accepted"; conversation: Id }
  | { outcome: "already-contacts" | "no-such-user" };

/** Asking again before there was an answer replaces the greeting. */
export async function requestContact(
  sql: Sql,
  from: Id,
  to: Id,
  greeting: string,
): Promise<RequestOutcome> {
  return await sql.begin(async (tx): Promise<RequestOutcome> => {
    if (!await lockPair(tx, from, to)) return { outcome: "no-such-user" };
    const contact = await tx`
      select from contacts where user_id = ${from} and contact_id = ${to}`;
    if (contact.length > 0) return { outcome: "already-contacts" };
    const crossing = await tx`
      delete from contact_requests where from_id = ${to} and to_id = ${from} returning id`;
    if (crossing.length > 0) {
      await tx`delete from contact_requests where from_id = ${from} and to_id = ${to}`;
      return { outcome: "accepted", conversation: await makeContacts(tx, from, to, "") };
    }
    const [row] = await tx<{ id: Id }[]>`
      insert into contact_requests (id, from_id, to_id, greeting)
      values (${newId()}, ${from}, ${to}, ${greeting})
      on conflict (from_id, to_id) do update set greeting = excluded.greeting
      returning id`;
    if (row === undefined) throw new Error("insert returned no request");
    return { outcome: "requested", request: row.id };
  }) as RequestOutcome;
}

/** Undefined if `user` has no such incoming request. */
export async function acceptContactRequest(
  sql: Sql,
  user: Id,
  request: Id,
  alias: string,
): Promise<{ from: Id; conversation: Id } | undefined> {
  return await sql.begin(async (tx) => {
    const [found] = await tx<{ fromId: Id }[]>`
      select from_id from contact_requests where id = ${request} and to_id = ${user}`;
    if (found === undefined) return undefined;
    await lockPair(tx, user, found.fromId);
    // Answered or withdrawn while this waited for the lock.
    const taken = await tx`delete from contact_requests where id = ${request} returning id`;
    if (taken.length === 0) return undefined;
    return { from: found.fromId, conversation: await makeContacts(tx, user, found.fromId, alias) };
  }) as { from: Id; conversation: Id } | undefined;
}

/** The person who had asked; undefined if `user` has no such incoming request. */
export async function declineContactRequest(
  sql: Sql,
  user: Id,
  request: Id,
): Promise<Id | undefined> {
  const [row] = await sql<{ fromId: Id }[]>`
    delete from contact_requests where id = ${request} and to_id = ${user} returning from_id`;
  return row?.fromId;
}

export async function makeContacts(
  tx: Transaction,
  user: Id,
  other: Id,
  alias: string,
): Promise<Id> {
  const conversation = await openDirectConversation(tx, user, other);
  await tx`
    insert into contacts (user_id, contact_id, alias, conversation_id)
    values (${user}, ${other}, ${alias}, ${conversation}), (${other}, ${user}, '', ${conversation})
    on conflict do nothing`;
  return conversation;
}

/** By alias or name; only the contact `other` where one is asked for. */
export async function readContacts(sql: Sql, user: Id, other?: Id): Promise<Contact[]> {
  return await sql<Contact[]>`
    select ${userJson(sql, "u")} as user, k.alias, k.conversation_id as conversation,
      k.created_at as at
    from contacts k join users u on u.id = k.contact_id
    where k.user_id = ${user} ${other === undefined ? sql`` : sql`and k.contact_id = ${other}`}
    order by lower(coalesce(nullif(k.alias, ''), u.display_name)), u.id`;
}

/** Requests to and from `user`, newest first; only `request` where one is asked for. */
export async function readContactRequests(
  sql: Sql,
  user: Id,
  request?: Id,
): Promise<ContactRequest[]> {
  return await sql<ContactRequest[]>`
    select r.id, ${userJson(sql, "f")} as from, ${userJson(sql, "t")} as to, r.greeting,
      r.created_at as at
    from contact_requests r join users f on f.id = r.from_id join users t on t.id = r.to_id
    where (r.from_id = ${user} or r.to_id = ${user})
      ${request === undefined ? sql`` : sql`and r.id = ${request}`}
    order by r.created_at desc, r.id desc`;
}
