import type { Sql, Transaction } from "./open.ts";
import { pastCollisions } from "./past_collisions.ts";

/** Runs `work` in a transaction, maybe more than once: so it does nothing but ask `tx`. */
export async function inTransaction<T>(
  sql: Sql,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  // The driver's type is for lists of queries, which it would wait for one by one.
  return await pastCollisions(async () => await sql.begin(work) as T);
}
