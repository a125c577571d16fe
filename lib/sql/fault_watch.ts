import type { Log } from "../log.ts";
import type { Timers } from "../timers.ts";
import type { Database } from "./open.ts";
import { poll } from "./poll.ts";

/** Milliseconds between two looks. What decides is the database itself, with every statement. */
const LOOK_EVERY = 5_000;

/** Says once that nothing may be written to the database any more and why, and once that it may again. */
export function watchFaults(
  { fault }: Pick<Database, "fault">,
  log: Log,
  timers: Timers,
): Disposable {
  let known: string | undefined;
  return poll(timers, LOOK_EVERY, async () => {
    const found = await fault();
    if (found !== undefined && found !== known) log.error("database.refused", { reason: found });
    if (found === undefined && known !== undefined) log.info("database.accepted");
    known = found;
  }, (error) => log.warn("database.not-checked", { error }));
}
