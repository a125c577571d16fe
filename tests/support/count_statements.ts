import type { Sql } from "../../lib/sql/open.ts";

/** How many statements `doing` sends over the connections of `sql`, which nobody else uses. */
export async function countStatements(sql: Sql, doing: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const { debug } = sql.options;
  // The driver looks for it with every statement.
  sql.options.debug = () => void count++;
  try {
    await doing();
  } finally {
    sql.options.debug = debug;
  }
  return count;
}
