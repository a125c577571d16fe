import type { Id } from "../protocol/model.ts";
import { createTurns, type Turns } from "../turns.ts";
import type { Sql } from "./open.ts";

/** Of each pool: those who are at it or wait, by what they change. */
const pools = new WeakMap<Sql, Map<Id, Turns>>();

/**
 * Runs `task` once nobody else of this process is at `id`. For what takes the lock on that: whoever
 * waits for a lock keeps a connection of the pool from everybody else, and whoever waits here none.
 */
export async function inTurn<T>(sql: Sql, id: Id, task: () => Promise<T>): Promise<T> {
  const pool = pools.get(sql) ?? new Map<Id, Turns>();
  pools.set(sql, pool);
  const turns = pool.get(id) ?? createTurns(1);
  pool.set(id, turns);
  try {
    return await turns.take(task);
  } finally {
    if (turns.idle && pool.get(id) === turns) pool.delete(id);
  }
}
