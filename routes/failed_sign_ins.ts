import { messageOf } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import type { Id } from "../lib/protocol/model.ts";
import { inTurn } from "../lib/sql/in_turn.ts";
import { insertFailedSignIn } from "../lib/sql/security_events.ts";
import type { Timers } from "../lib/timers.ts";
import type { Gate } from "./context.ts";

/** Those that wait to be written down; what comes while so many do is left out. */
const PENDING = 250;
/** Milliseconds within which one is written. */
const WITHIN = 500;

/** Writes failed sign-ins down for whom they concern. Disposing it writes those that wait. */
export interface FailedSignIns extends AsyncDisposable {
  note(user: Id | undefined, from: { device: string; ip: string }): void;
}

/**
 * The answer waits for none of it, and the database is asked the same where there is no such account.
 * But a commit is slower than none, and the next request may wait for it: so it comes at a moment by
 * chance, and how long that request takes tells nothing. Those of one account come one after the
 * other: of many at once each would find none before it.
 */
export function createFailedSignIns(
  { sql, log }: Pick<Gate, "sql" | "log">,
  timers: Timers,
): FailedSignIns {
  const waiting = new Map<() => void, () => void>();
  const writing = new Set<Promise<void>>();
  let ended = false;
  return {
    note: (known, from) => {
      if (ended || waiting.size + writing.size >= PENDING) return;
      const user = known ?? newId();
      const write = () => {
        waiting.delete(write);
        const work: Promise<void> = inTurn(
          sql,
          user,
          () => insertFailedSignIn(sql, { user, ...from }),
        )
          .catch((error) => log.warn("security-event.lost", { error: messageOf(error) }))
          .finally(() => writing.delete(work));
        writing.add(work);
      };
      waiting.set(write, timers.after(timers.random() * WITHIN, write));
    },
    [Symbol.asyncDispose]: async () => {
      ended = true;
      for (const [write, callOff] of waiting) {
        callOff();
        write();
      }
      await Promise.all(writing);
    },
  };
}
