import type { Id, Time } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";
import { insertSecurityEvent } from "../security_events.ts";
import { endSessionsOf, goesOn } from "../sessions.ts";
import type { Doer } from "./doer.ts";

/**
 * Gives an account another password, and ends all sessions but the one that does it.
 * @param hashes what the password was compared with, and what it is from now on
 * @returns undefined where the password has changed since it was compared, or the session ended
 */
export async function changePassword(
  sql: Sql,
  user: Id,
  hashes: { from: string; to: string },
  doer: Doer & { session: Id },
): Promise<{ at: Time; ended: Id[] } | undefined> {
  return await inTransaction(sql, async (tx) => {
    const [changed] = await tx<{ at: Time }[]>`
      update users set password_hash = ${hashes.to}
      where id = ${user} and password_hash = ${hashes.from} and ${goesOn(tx, doer.session)}
      returning date_trunc('milliseconds', clock_timestamp()) as at`;
    if (changed === undefined) return undefined;
    const ended = await endSessionsOf(tx, user, "password-changed", { except: doer.session });
    await insertSecurityEvent(tx, { user, type: "password-changed", ...doer });
    return { ...changed, ended };
  });
}

/** The same password, hashed anew. What was changed meanwhile stays as it is. */
export async function replaceHash(
  sql: Sql,
  user: Id,
  { from, to }: { from: string; to: string },
): Promise<void> {
  await sql`
    update users set password_hash = ${to} where id = ${user} and password_hash = ${from}`;
}
