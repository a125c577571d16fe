import { AppError } from "../errors.ts";
import type { Conversation, Id } from "../protocol/model.ts";
import type { LogChange } from "./append_event.ts";
import { readBlocks } from "./blocks.ts";
import { lockPair } from "./contact_pair.ts";
import { makeContacts } from "./contacts.ts";
import { readConversation } from "./conversations.ts";
import { admit } from "./groups/admit.ts";
import type { GroupNews } from "./groups/group_news.ts";
import { lockConversation } from "./groups/lock_group.ts";
import { inTransaction } from "./in_transaction.ts";
import { inTurn } from "./in_turn.ts";
import { inviteGone, readInvite, useInvite } from "./invites.ts";
import type { Sql, Transaction } from "./open.ts";

export type Accepted =
  /** News unless `user` was in the group before. */
  | { kind: "group"; conversation: Conversation; news?: GroupNews }
  /** With what is to be announced unless the two were contacts before. */
  | { kind: "contact"; other: Id; conversation: Id; change?: LogChange };

/**
 * Makes `user` a member of the group, or a contact of the person, that an invitation is for. Whoever
 * is that already is told so, and takes nothing of it: an answer may have been lost.
 * @throws AppError `not-found`, `gone`, `conflict`
 */
export async function acceptInvite(sql: Sql, user: Id, hash: string): Promise<Accepted> {
  const { conversation, maker, works } = await readInvite(sql, hash);
  const accept = (id: Id, how: (tx: Transaction) => Promise<Accepted>) =>
    inTurn(sql, id, () => inTransaction(sql, how));
  if (conversation === null) return await accept(maker, (tx) => befriend(tx, user, maker, hash));
  const present = await readConversation(sql, user, conversation);
  if (present !== undefined) return { kind: "group", conversation: present };
  // What works no more gives nobody a hold on the group's lock.
  if (!works) throw inviteGone();
  return await accept(conversation, (tx) => join(tx, user, conversation, hash));
}

async function join(tx: Transaction, user: Id, id: Id, hash: string): Promise<Accepted> {
  const group = await lockConversation(tx, id);
  if (group === undefined) throw inviteGone();
  // Of two tries at once the other one was first.
  const present = await readConversation(tx, user, id);
  if (present !== undefined) return { kind: "group", conversation: present };
  await useInvite(tx, hash);
  return { kind: "group", ...await admit(tx, group, [user], user) };
}

async function befriend(
  tx: Transaction,
  user: Id,
  maker: Id,
  hash: string,
): Promise<Accepted> {
  if (maker === user) throw new AppError("conflict", "you cannot be your own contact");
  await lockPair(tx, user, maker);
  const blocks = await readBlocks(tx, user, maker);
  if (blocks.own || blocks.others) throw inviteGone();
  const [contact] = await tx<{ conversation: Id }[]>`
    select conversation_id as conversation from contacts
    where user_id = ${user} and contact_id = ${maker}`;
  if (contact !== undefined) {
    return { kind: "contact", other: maker, conversation: contact.conversation };
  }
  await useInvite(tx, hash);
  await tx`delete from contact_requests
    where (from_id = ${user} and to_id = ${maker}) or (from_id = ${maker} and to_id = ${user})`;
  const change = await makeContacts(tx, user, maker, "");
  return { kind: "contact", other: maker, conversation: change.message.conversation, change };
}
