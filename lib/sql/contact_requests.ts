import { newId } from "../ids.ts";
import { LIMITS } from "../protocol/codes.ts";
import type { ContactRequest, Id } from "../protocol/model.ts";
import type { LogChange } from "./append_event.ts";
import { readBlocks } from "./blocks.ts";
import { lockPair } from "./contact_pair.ts";
import { makeContacts } from "./contacts.ts";
import { inTransaction } from "./in_transaction.ts";
import type { Sql } from "./open.ts";
import { userJson } from "./users.ts";

export type RequestOutcome =
  /** `news`: the other person has not seen it with this greeting yet. */
  | { outcome: "requested"; request: Id; news: boolean }
  /** The other person had asked already, so the two are contacts now. */
  | { outcome: "accepted"; change: LogChange }
  /** `blocking`: the one who asks blocks the other. `not-delivered`: it is the other way round. */
  | { outcome: RefusedRequest };

type RefusedRequest =
  | "already-contacts"
  | "no-such-user"
  | "blocking"
  | "not-delivered"
  | "too-many";

/** Asking again before there was an answer replaces the greeting. */
export async function requestContact(
  sql: Sql,
  from: Id,
  to: Id,
  greeting: string,
): Promise<RequestOutcome> {
  return await inTransaction(sql, async (tx): Promise<RequestOutcome> => {
    if (!await lockPair(tx, from, to)) return { outcome: "no-such-user" };
    const blocks = await readBlocks(tx, from, to);
    if (blocks.own) return { outcome: "blocking" };
    const contact = await tx`
      select from contacts where user_id = ${from} and contact_id = ${to}`;
    // Before the other's block: nobody learns of that from what they are told of their own list.
    if (contact.length > 0) return { outcome: "already-contacts" };
    if (blocks.others) return { outcome: "not-delivered" };
    const crossing = await tx`
      delete from contact_requests where from_id = ${to} and to_id = ${from} returning id`;
    if (crossing.length > 0) {
      await tx`delete from contact_requests where from_id = ${from} and to_id = ${to}`;
      return { outcome: "accepted", change: await makeContacts(tx, from, to, "") };
    }
    const [open] = await tx<{ id: Id; greeting: string }[]>`
      select id, greeting from contact_requests where from_id = ${from} and to_id = ${to}`;
    if (open !== undefined) {
      const news = open.greeting !== greeting;
      if (news) await tx`update contact_requests set greeting = ${greeting} where id = ${open.id}`;
      return { outcome: "requested", request: open.id, news };
    }
    // Whoever asks is locked, so that they cannot pass the limit by asking many at once.
    const [{ count = 0 } = {}] = await tx<{ count: number }[]>`
      select count(*)::int as count from contact_requests where from_id = ${from}`;
    if (count >= LIMITS.contactRequests) return { outcome: "too-many" };
    const request = newId();
    await tx`
      insert into contact_requests (id, from_id, to_id, greeting)
      values (${request}, ${from}, ${to}, ${greeting})`;
    return { outcome: "requested", request, news: true };
  });
}

export type AcceptOutcome =
  | { outcome: "accepted"; from: Id; change: LogChange }
  /** `not-delivered`: who asked has blocked the one who answers since. */
  | { outcome: "no-such-request" | "not-delivered" };

export async function acceptContactRequest(
  sql: Sql,
  user: Id,
  request: Id,
  alias: string,
): Promise<AcceptOutcome> {
  return await inTransaction(sql, async (tx): Promise<AcceptOutcome> => {
    const [found] = await tx<{ fromId: Id }[]>`
      select from_id from contact_requests where id = ${request} and to_id = ${user}`;
    if (found === undefined) return { outcome: "no-such-request" };
    const { fromId: from } = found;
    await lockPair(tx, user, from);
    const blocks = await readBlocks(tx, user, from);
    // Not in the list of whoever blocks.
    if (blocks.own) return { outcome: "no-such-request" };
    if (blocks.others) return { outcome: "not-delivered" };
    // Answered or withdrawn while this waited for the lock.
    const taken = await tx`delete from contact_requests where id = ${request} returning id`;
    if (taken.length === 0) return { outcome: "no-such-request" };
    return { outcome: "accepted", from, change: await makeContacts(tx, user, from, alias) };
  });
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

/** The person who had been asked; undefined if `user` has no such request under way. */
export async function withdrawContactRequest(
  sql: Sql,
  user: Id,
  request: Id,
): Promise<Id | undefined> {
  const [row] = await sql<{ toId: Id }[]>`
    delete from contact_requests where id = ${request} and from_id = ${user} returning to_id`;
  return row?.toId;
}

/**
 * Requests to and from `user`, newest first; only `request` where one is asked for. Those of people
 * whom `user` blocks are not shown.
 */
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
      and not exists (
        select from blocks b where b.user_id = ${user} and b.blocked_id in (r.from_id, r.to_id))
    order by r.created_at desc, r.id desc`;
}
