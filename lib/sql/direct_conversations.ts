import { newId } from "../ids.ts";
import type { Id } from "../protocol/model.ts";
import type { Sql, Transaction } from "./open.ts";

/**
 * The direct conversation of two people, made at the first call. Whoever calls holds the lock on
 * both people, so there is only ever one. Its row is locked afterwards.
 */
export async function openDirectConversation(tx: Transaction, one: Id, other: Id): Promise<Id> {
  // Who may write here changes with the contact: cached memberships are stale.
  const existing = await bumpDirectConversation(tx, one, other);
  if (existing !== undefined) return existing;
  const [low, high] = inOrder(one, other);
  const id = newId();
  await tx`insert into conversations (id, kind, member_count) values (${id}, 'direct', 2)`;
  await tx`insert into direct_conversations (low_id, high_id, conversation_id)
    values (${low}, ${high}, ${id})`;
  await tx`insert into members (conversation_id, user_id) values (${id}, ${low}), (${id}, ${high})`;
  return id;
}

/** Locks the direct conversation of two people, if they have one, and says that it changed. */
export async function bumpDirectConversation(
  tx: Transaction,
  one: Id,
  other: Id,
): Promise<Id | undefined> {
  const [low, high] = inOrder(one, other);
  const [row] = await tx<{ id: Id }[]>`
    update conversations set members_rev = members_rev + 1
    where id = (
      select conversation_id from direct_conversations where low_id = ${low} and high_id = ${high})
    returning id`;
  return row?.id;
}

/** The direct conversation of two people, also where they are contacts no more. */
export async function findDirectConversation(
  sql: Sql,
  one: Id,
  other: Id,
): Promise<Id | undefined> {
  const [low, high] = inOrder(one, other);
  const [row] = await sql<{ id: Id }[]>`
    select conversation_id as id from direct_conversations
    where low_id = ${low} and high_id = ${high}`;
  return row?.id;
}

function inOrder(one: Id, other: Id): [Id, Id] {
  return one < other ? [one, other] : [other, one];
}
