import type { Id } from "../lib/protocol/model.ts";
import { messageOf } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import { insertFailedSignIn } from "../lib/sql/security_events.ts";
import type { Gate } from "./context.ts";

/** Those that wait to be written down; what comes while so many do is left out. */
const PENDING = 50;

/**
 * Writes failed sign-ins down for whom it concerns. The answer waits for none of it, and the database
 * is asked the same where there is no such account: how long it takes tells nothing about that.
 */
export function createFailedSignIns({ sql, log }: Pick<Gate, "sql" | "log">) {
  let pending = 0;
  return (user: Id | undefined, from: { device: string; ip: string }): void => {
    if (pending >= PENDING) return;
    pending++;
    insertFailedSignIn(sql, { user: user ?? newId(), ...from })
      .catch((error) => log.warn("security-event.lost", { error: messageOf(error) }))
      .finally(() => pending--);
  };
}
