import type { Id } from "../lib/protocol/model.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import { poll } from "../lib/sql/poll.ts";
import type { Timers } from "../lib/timers.ts";

/** Milliseconds between two polls, and how far each reaches back beyond the last. */
const POLL_EVERY = 2_000;
const OVERLAP = 10_000;

/**
 * Asks the database now and then which sessions ended or expired, because the bus may lose the
 * news. After an outage the first poll covers all of it.
 */
export function pollEndedSessions(parts: {
  read: ChatStore["readEndedSessions"];
  /** The database's time. */
  now: number;
  end: (session: Id) => void;
  onError: (error: unknown) => void;
  timers: Timers;
}): Disposable {
  const { read, now, end, onError, timers } = parts;
  let since = now;
  return poll(timers, POLL_EVERY, async () => {
    const ended = await read(since - OVERLAP);
    since = ended.now;
    for (const session of ended.sessions) end(session);
  }, onError);
}
