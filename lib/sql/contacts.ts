import type { Contact, Id, Time } from "../protocol/model.ts";
import { appendEvent, type LogChange } from "./append_event.ts";
import { lockPair } from "./contact_pair.ts";
import { bumpDirectConversation, openDirectConversation } from "./direct_conversations.ts";
import { inTransaction } from "./in_transaction.ts";
import type { Sql, Transaction } from "./open.ts";
import { unreadCount } from "./unread.ts";
import { userJson } from "./users.ts";

/**
 * Makes two people contacts, and says so in their direct conversation. Whoever calls holds the lock
 * on both, has seen that they are not contacts yet, and announces the answer after the commit.
 */
export async function makeContacts(
  tx: Transaction,
  user: Id,
  other: Id,
  alias: string,
): Promise<LogChange> {
  const conversation = await openDirectConversation(tx, user, other);
  await tx`
    insert into contacts (user_id, contact_id, alias, conversation_id)
    values (${user}, ${other}, ${alias}, ${conversation}), (${other}, ${user}, '', ${conversation})
    on conflict do nothing`;
  return await appendEvent(tx, conversation, { type: "contact", by: user });
}

/**
 * Both stop being the other's contact. Their conversation stays, and nobody can write in it.
 * @returns false where they were no contacts
 */
export async function removeContact(sql: Sql, user: Id, other: Id): Promise<boolean> {
  return await inTransaction(sql, async (tx) => {
    if (!await lockPair(tx, user, other)) return false;
    const removed = await tx`
      delete from contacts
      where (user_id = ${user} and contact_id = ${other})
        or (user_id = ${other} and contact_id = ${user})
      returning user_id`;
    if (removed.length > 0) await bumpDirectConversation(tx, user, other);
    return removed.length > 0;
  });
}

/** False where there is no such contact, or it is blocked and so in another list. */
export async function renameContact(
  sql: Sql,
  user: Id,
  other: Id,
  alias: string,
): Promise<boolean> {
  const changed = await sql`
    update contacts k set alias = ${alias} where user_id = ${user} and contact_id = ${other}
      and not exists (
        select from blocks b where b.user_id = k.user_id and b.blocked_id = k.contact_id)
    returning user_id`;
  return changed.length > 0;
}

/**
 * What is stored of a contact: how they are is known elsewhere. `hiddenSince` is when they began to
 * block the user, null if they do not.
 */
export type ContactRow = Omit<Contact, "presence"> & { hiddenSince: Time | null };

/** Those who are not blocked, by alias or name; only `other` where one is asked for. */
export async function readContacts(sql: Sql, user: Id, other?: Id): Promise<ContactRow[]> {
  return await sql<ContactRow[]>`
    select ${userJson(sql, "u")} as user, k.alias, k.conversation_id as conversation,
      ${unreadCount(sql, "c", "m")} as unread, k.created_at as at,
      hides.created_at as hidden_since
    from contacts k join users u on u.id = k.contact_id
    left join blocks hides on hides.user_id = k.contact_id and hides.blocked_id = k.user_id
    join members m on m.conversation_id = k.conversation_id and m.user_id = k.user_id
    join conversations c on c.id = k.conversation_id
    where k.user_id = ${user} ${other === undefined ? sql`` : sql`and k.contact_id = ${other}`}
      and not exists (
        select from blocks b where b.user_id = k.user_id and b.blocked_id = k.contact_id)
    order by lower(coalesce(nullif(k.alias, ''), u.display_name)), u.id`;
}
