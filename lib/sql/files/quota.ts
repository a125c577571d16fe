import { AppError } from "../../errors.ts";
import { LIMITS } from "../../protocol/codes.ts";
import type { Id } from "../../protocol/model.ts";
import type { Queries, Transaction } from "../open.ts";

/**
 * Bytes that a file or an upload of `size` takes up. Small ones count for more than they have: rows and
 * objects are what they cost, and so their number is bounded as well.
 */
export function roomOf(size: number): number {
  return Math.max(size, LIMITS.fileRoom);
}

/** Bytes that the files take up which somebody holds or sent, and those on their way. */
export async function readUsed(sql: Queries, owner: Id): Promise<number> {
  const [row] = await sql<{ used: number }[]>`
    select (
      (select coalesce(sum(f.room), 0) from files f where f.owner_id = ${owner})
      + (select coalesce(sum(greatest(u.size, ${LIMITS.fileRoom})), 0) from uploads u
        where u.owner_id = ${owner})
    )::bigint as used`;
  return row?.used ?? 0;
}

/**
 * Whoever takes up room does it under this lock on their own row: of twenty who come at once each sees
 * what those before it took.
 * @param room see roomOf
 * @throws AppError `too-large` where there is no such room any more
 */
export async function takeRoom(
  tx: Transaction,
  owner: Id,
  room: number,
  quota: number,
): Promise<void> {
  // Rows that refer to it can be inserted meanwhile: messages do not wait for this.
  const live = await tx`
    select from users where id = ${owner} and deleted_at is null for no key update`;
  if (live.length === 0) throw new AppError("not-found", "there is no such account any more");
  // A statement of its own: one that waits for a row reads everything else as of before the wait.
  const used = await readUsed(tx, owner);
  if (used + room <= quota) return;
  throw new AppError(
    "too-large",
    `your files take up ${used} bytes, and with ${room} more it would be more than ${quota}; ` +
      "let go of some that no message holds first",
  );
}
