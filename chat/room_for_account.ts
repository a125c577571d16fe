import type { Id } from "../lib/protocol/model.ts";
import { HEARTBEAT } from "./heartbeat.ts";
import type { Session } from "./session.ts";

/** Connections of one account in an isolate of a node: devices and tabs of a person are a handful. */
export const OF_ACCOUNT = 32;
/** Milliseconds without a sound, pongs included, after which a connection is most likely dead. */
const SILENT = 1.5 * HEARTBEAT * 1000;

/**
 * Whether an account may have one more connection. A device whose network comes and goes leaves dead
 * ones behind faster than the heartbeat finds them: the one that was silent for longest makes room.
 * One that lives never does: its client would come back, take another's place, and so on for ever.
 */
export function roomForAccount(
  sessionsOf: (user: Id) => Iterable<Session>,
  user: Id,
  now: number,
): boolean {
  let count = 0;
  let quietest: Session | undefined;
  for (const session of sessionsOf(user)) {
    if (session.closing) continue;
    count++;
    if (quietest === undefined || session.heardAt < quietest.heardAt) quietest = session;
  }
  if (count < OF_ACCOUNT || quietest === undefined) return true;
  if (now - quietest.heardAt < SILENT) return false;
  quietest.terminate();
  return true;
}
