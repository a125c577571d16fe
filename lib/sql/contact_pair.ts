import type { Id } from "../protocol/model.ts";
import type { Transaction } from "./open.ts";

/**
 * Locks two people, in order of their ids: whatever changes between them is done one after the
 * other, so that crossing requests meet and nobody is asked who was blocked a moment ago. Comes
 * before any lock on a conversation.
 * @returns false where one of them does not exist, or no longer
 */
export async function lockPair(tx: Transaction, one: Id, other: Id): Promise<boolean> {
  const found = await tx`
    select id from users where id in (${one}, ${other}) and deleted_at is null
    order by id for no key update`;
  return found.length === 2;
}
