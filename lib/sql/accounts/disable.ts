import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";
import { insertSecurityEvent } from "../security_events.ts";
import { endSessionsOf } from "../sessions.ts";

/**
 * Shuts an account, and ends its sessions, or opens it again. Who did it is none of its owner's
 * business.
 * @returns the sessions that ended; undefined where there is no such account
 */
export async function setDisabled(
  sql: Sql,
  user: Id,
  disabled: boolean,
): Promise<Id[] | undefined> {
  return await inTransaction(sql, async (tx) => {
    const [account] = await tx<{ disabled: boolean }[]>`
      select disabled_at is not null as disabled from users
      where id = ${user} and deleted_at is null for no key update`;
    if (account === undefined) return undefined;
    if (account.disabled === disabled) return [];
    await tx`update users set disabled_at = ${disabled ? tx`clock_timestamp()` : null}
      where id = ${user}`;
    const ended = disabled ? await endSessionsOf(tx, user, "account-disabled") : [];
    const type = disabled ? "account-disabled" : "account-enabled";
    await insertSecurityEvent(tx, { user, type, ip: "" });
    return ended;
  });
}
