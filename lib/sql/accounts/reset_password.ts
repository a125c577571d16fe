import type { Id, Time } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";
import { insertSecurityEvent } from "../security_events.ts";
import { endSessionsOf } from "../sessions.ts";
import type { Doer } from "./doer.ts";

export type ResetAccount = { id: Id; username: string; displayName: string };

/** Whose password a code that was sent to `email` resets. */
export async function findByEmail(sql: Sql, email: string): Promise<ResetAccount | undefined> {
  const [account] = await sql<ResetAccount[]>`
    select id, username, display_name from users where email = ${email} and deleted_at is null`;
  return account;
}

/**
 * Gives the account of an address another password, and ends all of its sessions: whoever knew the old
 * one is out. One that is disabled stays that.
 * @returns undefined where the address has no account any more
 */
export async function resetPassword(
  sql: Sql,
  { id, email, hash }: { id: Id; email: string; hash: string },
  doer: Doer,
): Promise<{ at: Time; ended: Id[] } | undefined> {
  return await inTransaction(sql, async (tx) => {
    const [changed] = await tx<{ at: Time }[]>`
      update users set password_hash = ${hash}
      where id = ${id} and email = ${email} and deleted_at is null
      returning date_trunc('milliseconds', clock_timestamp()) as at`;
    if (changed === undefined) return undefined;
    const ended = await endSessionsOf(tx, id, "password-reset");
    await insertSecurityEvent(tx, { user: id, type: "password-reset", ...doer });
    return { ...changed, ended };
  });
}
