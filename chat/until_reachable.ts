import { isAway } from "../lib/sql/failures.ts";
import { sleep, type Timers } from "../lib/timers.ts";

/** Milliseconds between two tries to reach the database. */
export const RECONNECT_EVERY = 250;

/** Reads again until the database is there. Throws what another try would not change. */
export async function untilReachable<T>(timers: Timers, read: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await read();
    } catch (error) {
      if (!isAway(error)) throw error;
      await sleep(timers, RECONNECT_EVERY);
    }
  }
}
