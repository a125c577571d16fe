/** An account's end, as its owner asks for it and calls it off. */
import { DELETION_DAYS } from "../../protocol/codes.ts";
import type { Id, Time } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";
import { insertSecurityEvent } from "../security_events.ts";
import { endSessionsOf, goesOn } from "../sessions.ts";
import type { Doer } from "./doer.ts";

/**
 * Ends all sessions, too.
 * @returns undefined where the password has changed since it was compared, or the session ended
 */
export async function askDeletion(
  sql: Sql,
  user: Id,
  passwordHash: string,
  doer: Doer & { session: Id },
): Promise<{ deletesAt: Time; ended: Id[] } | undefined> {
  return await inTransaction(sql, async (tx) => {
    const [asked] = await tx<{ deletesAt: Time }[]>`
      update users set deletes_at = date_trunc('milliseconds', clock_timestamp())
        + make_interval(days => ${DELETION_DAYS})
      where id = ${user} and password_hash = ${passwordHash} and ${goesOn(tx, doer.session)}
      returning deletes_at`;
    if (asked === undefined) return undefined;
    const ended = await endSessionsOf(tx, user, "deletion-asked");
    await insertSecurityEvent(tx, { user, type: "deletion-asked", ...doer });
    return { ...asked, ended };
  });
}

/** @returns what its owner is to be told; undefined where there is nothing to call off, or no longer */
export async function callOffDeletion(
  sql: Sql,
  user: Id,
  doer: Doer,
): Promise<{ email: string; displayName: string; at: Time } | undefined> {
  return await inTransaction(sql, async (tx) => {
    const [kept] = await tx<{ email: string; displayName: string; at: Time }[]>`
      update users set deletes_at = null
      where id = ${user} and deletes_at > clock_timestamp() and deleted_at is null
        and disabled_at is null
      returning email, display_name, date_trunc('milliseconds', clock_timestamp()) as at`;
    if (kept === undefined) return undefined;
    await insertSecurityEvent(tx, { user, type: "deletion-called-off", ...doer });
    return kept;
  });
}
