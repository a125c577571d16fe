import { AppError } from "../../errors.ts";
import type { Id } from "../../protocol/model.ts";
import type { Queries, Transaction } from "../open.ts";

/** Bytes of the files that somebody holds or sent, and of those on their way. */
export async function readUsed(sql: Queries, owner: Id): Promise<number> {
  const [row] = await sql<{ used: number }[]>`
    select (
      (select coalesce(sum(c.size), 0) from files f join contents c on c.id = f.content_id
        where f.owner_id = ${owner})
      + (select coalesce(sum(u.size), 0) from uploads u where u.owner_id = ${owner})
    )::bigint as used`;
  return row?.used ?? 0;
}

/**
 * Whoever takes up room does it under this lock on their own row: of twenty who come at once each sees
 * what those before it took.
 * @throws AppError `too-large` where there is no room for `size` more bytes
 */
export async function takeRoom(
  tx: Transaction,
  owner: Id,
  size: number,
  quota: number,
): Promise<void> {
  // Rows that refer to it can be inserted meanwhile: messages do not wait for this.
  const live = await tx`
    select from users where id = ${owner} and deleted_at is null for no key update`;
  if (live.length === 0) throw new AppError("not-found", "there is no such account any more");
  // A statement of its own: one that waits for a row reads everything else as of before the wait.
  const used = await readUsed(tx, owner);
  if (used + size <= quota) return;
  throw new AppError(
    "too-large",
    `your files have ${used} bytes, and with ${size} more they would have more than ${quota}; ` +
      "let go of some first",
  );
}
