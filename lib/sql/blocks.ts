import type { Id, User } from "../protocol/model.ts";
import { lockPair } from "./contact_pair.ts";
import { bumpDirectConversation } from "./direct_conversations.ts";
import { inTransaction } from "./in_transaction.ts";
import type { Queries, Sql, Transaction } from "./open.ts";

/**
 * Blocks somebody, or lifts that again. It leaves contacts and requests as they are, so that they are
 * there again afterwards; meanwhile the two can write to each other no more.
 * @returns false where there is no such person
 */
export async function setBlock(
  sql: Sql,
  user: Id,
  other: Id,
  blocked: boolean,
): Promise<boolean> {
  return await inTransaction(sql, async (tx) => {
    if (!await lockPair(tx, user, other)) return false;
    const changed = blocked
      ? await tx`insert into blocks (user_id, blocked_id) values (${user}, ${other})
          on conflict do nothing returning user_id`
      : await tx`delete from blocks where user_id = ${user} and blocked_id = ${other}
          returning user_id`;
    // Who may write there is another matter now: cached memberships are stale.
    if (changed.length > 0) await bumpDirectConversation(tx, user, other);
    return true;
  });
}

/** Which of two people blocks the other. */
export async function readBlocks(
  tx: Queries | Transaction,
  user: Id,
  other: Id,
): Promise<{ own: boolean; others: boolean }> {
  const rows = await tx<{ userId: Id }[]>`
    select user_id from blocks
    where (user_id = ${user} and blocked_id = ${other})
      or (user_id = ${other} and blocked_id = ${user})`;
  const by = rows.map(({ userId }) => userId);
  return { own: by.includes(user), others: by.includes(other) };
}

/** The people whom `user` blocks, by name. */
export async function readBlocked(sql: Sql, user: Id): Promise<User[]> {
  return await sql<User[]>`
    select u.id, u.username, u.display_name, u.avatar, u.bio
    from blocks b join users u on u.id = b.blocked_id
    where b.user_id = ${user} order by lower(u.display_name), u.id`;
}
