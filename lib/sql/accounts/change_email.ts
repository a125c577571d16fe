import type { Id, Me, Time } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";
import { insertSecurityEvent } from "../security_events.ts";
import { goesOn } from "../sessions.ts";
import { meColumns } from "../users.ts";
import type { Doer } from "./doer.ts";

export type ChangedEmail = { me: Me; at: Time } | "taken" | "stale";

/**
 * Gives an account another address. `stale`: the password is another one than it was compared
 * with, or the session has ended.
 * @param to an address whose owner has just shown to be the one who asks
 */
export async function changeEmail(
  sql: Sql,
  user: Id,
  { to, passwordHash }: { to: string; passwordHash: string },
  doer: Doer & { session: Id },
): Promise<ChangedEmail> {
  return await inTransaction(sql, async (tx): Promise<ChangedEmail> => {
    // Of two who take it at the same moment one fails, runs again and finds the other.
    const others = await tx`select from users where email = ${to} and id <> ${user}`;
    if (others.length > 0) return "taken";
    const [row] = await tx<(Me & { at: Time })[]>`
      update users set email = ${to}
      where id = ${user} and password_hash = ${passwordHash} and ${goesOn(tx, doer.session)}
      returning ${meColumns(tx)}, date_trunc('milliseconds', clock_timestamp()) as at`;
    if (row === undefined) return "stale";
    await insertSecurityEvent(tx, { user, type: "email-changed", ...doer });
    const { at, ...me } = row;
    return { me, at };
  });
}
