import { afterFailure } from "./failures.ts";
import type { Sql, Transaction } from "./open.ts";

/** Times a transaction is run again because another one was in its way. */
const MAX_COLLISIONS = 5;

/**
 * Runs `work` in a transaction, and once more where another transaction was in its way: nothing of
 * the first try is left then. So it does nothing but ask `tx`.
 */
export async function inTransaction<T>(
  sql: Sql,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let collisions = 0;; collisions++) {
    try {
      // The driver's type is for lists of queries, which it would wait for one by one.
      return await sql.begin(work) as T;
    } catch (error) {
      if (afterFailure(error) !== "collision" || collisions >= MAX_COLLISIONS) throw error;
    }
  }
}
