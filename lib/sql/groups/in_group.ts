import type { Id, Role } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import { inTurn } from "../in_turn.ts";
import type { Sql, Transaction } from "../open.ts";
import { type Locked, lockGroup, requireRole } from "./lock_group.ts";

/**
 * Runs a change of a group that `user` is in, in a transaction of its own that holds the group
 * locked. Strangers are turned away before that: whoever waits for the lock learns that there is
 * something to wait for, and whoever has it holds up what is sent there.
 * @throws AppError `not-member` for whoever is not in it, `forbidden` where it is no group
 */
export async function inGroup<T>(
  sql: Sql,
  id: Id,
  user: Id,
  change: (tx: Transaction, group: Locked & { role: Role }) => Promise<T>,
): Promise<T> {
  await requireRole(sql, id, user);
  return await inTurn(
    sql,
    id,
    () => inTransaction(sql, async (tx) => change(tx, await lockGroup(tx, id, user))),
  );
}
