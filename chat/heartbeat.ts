import type { Clock } from "../lib/clock.ts";
import { answerOverdue } from "./dispatch.ts";
import type { Session } from "./session.ts";

/** Seconds between two pings to a client. */
export const HEARTBEAT = 25;

/**
 * Pings every session once a heartbeat and cuts those that were silent for two. Sessions take
 * turns by the second, so that thousands of pings do not go out at once.
 */
export function createHeartbeat(sessions: () => Iterable<Session>, clock: Clock): () => void {
  let turn = 0;
  return () => {
    turn = (turn + 1) % HEARTBEAT;
    const now = clock.now();
    for (const session of sessions()) {
      answerOverdue(session, now);
      if (now - session.heardAt >= 2 * HEARTBEAT * 1000) session.terminate();
      else if (turnOf(session) === turn) session.ping();
    }
  };
}

function turnOf(session: Session): number {
  return parseInt(session.connection.slice(0, 8), 16) % HEARTBEAT;
}
