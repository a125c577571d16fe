import type { Id } from "../protocol/model.ts";
import { createTurns } from "../turns.ts";
import { createTurnsOfEach, type TurnsOfEach } from "../turns_of_each.ts";
import type { Sql } from "./open.ts";

/** Of each pool: those who are at it or wait, by what they change. */
const pools = new WeakMap<Sql, TurnsOfEach>();

/**
 * Runs `task` once nobody else of this process is at `id`. For what takes the lock on that: whoever
 * waits for a lock keeps a connection of the pool from everybody else, and whoever waits here none.
 */
export async function inTurn<T>(sql: Sql, id: Id, task: () => Promise<T>): Promise<T> {
  const pool = pools.get(sql) ?? createTurnsOfEach(() => createTurns(1));
  pools.set(sql, pool);
  return await pool.take(id, task);
}
