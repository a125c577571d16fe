import type { Log } from "../log.ts";
import { every, type Timers } from "../timers.ts";
import { isAway } from "./failures.ts";
import type { Database } from "./open.ts";

/** Milliseconds between two looks. What decides is the database itself, with every statement. */
const LOOK_EVERY = 5_000;

/** Says once that nothing may be written to the database any more and why, and once that it may again. */
export function watchFaults(
  { fault }: Pick<Database, "fault">,
  log: Log,
  timers: Timers,
): Disposable {
  let known: string | undefined;
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const found = await fault();
      if (found !== undefined && found !== known) log.error("database.refused", { reason: found });
      if (found === undefined && known !== undefined) log.info("database.accepted");
      known = found;
    } catch (error) {
      // One that is away is reported by those who need it.
      if (!isAway(error)) log.warn("database.not-checked", { error });
    } finally {
      looking = false;
    }
  };
  return every(timers, LOOK_EVERY, () => void look());
}
