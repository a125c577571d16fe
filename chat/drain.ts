import { CLOSE } from "../lib/protocol/codes.ts";
import { sleep, type Timers } from "../lib/timers.ts";
import type { Session } from "./session.ts";

/** Milliseconds over which the clients leave, so that they do not all come to the others at once. */
const SPREAD = 2_000;
/** Milliseconds that the last of them have to open a socket elsewhere. */
const GRACE = 500;
/** Milliseconds that what was read has to be answered. */
const ANSWERED_WITHIN = 3_000;

/**
 * Asks the clients of a node to leave, finishes what was begun and closes what remains. Where there is
 * another node they are served until they go, each at a moment of its own: nobody is without a
 * connection. Where there is none nothing is won by waiting, and they come back to what follows.
 */
export async function drain(parts: {
  sessions: () => Iterable<Session>;
  hasOthers: boolean;
  timers: Timers;
}): Promise<void> {
  const { sessions, hasOthers, timers } = parts;
  const until = async (done: (session: Session) => boolean, within: number) => {
    let over = false;
    // Not by the clock: a machine whose clock is set meanwhile stops all the same.
    const callOff = timers.after(within, () => over = true);
    while (!over && [...sessions()].some((session) => !done(session))) await sleep(timers, 20);
    callOff();
  };

  for (const session of sessions()) {
    const reconnectAfter = Math.round(timers.random() * SPREAD);
    session.send({ type: "node.draining", reconnectAfter });
  }
  if (hasOthers) await until(() => false, SPREAD + GRACE);
  for (const session of sessions()) session.pause();
  // Answers follow the last commit by a turn or two; without a database they never come.
  await until((session) => session.pending.size === 0, ANSWERED_WITHIN);
  for (const session of sessions()) session.close(CLOSE.draining, "this node is going away");
}
