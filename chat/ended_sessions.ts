import { afterFailure } from "../lib/sql/failures.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { Sql } from "../lib/sql/open.ts";
import { readEndedSessions } from "../lib/sql/sessions.ts";

/** Milliseconds between two polls, and how far each reaches back beyond the last. */
const POLL_EVERY = 2_000;
const OVERLAP = 10_000;

/**
 * Asks the database now and then which sessions ended or expired, because the bus may lose the
 * news. After an outage the first poll covers all of it.
 */
export function pollEndedSessions(
  sql: Sql,
  now: number,
  end: (session: Id) => void,
  onError: (error: unknown) => void,
): Disposable {
  let since = now;
  let asking = false;
  const poll = async () => {
    if (asking) return;
    asking = true;
    try {
      const ended = await readEndedSessions(sql, since - OVERLAP);
      since = ended.now;
      for (const session of ended.sessions) end(session);
    } catch (error) {
      if (afterFailure(error) === "final") onError(error);
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void poll(), POLL_EVERY);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
