import type { Log } from "./log.ts";
import { atMost, type Timers } from "./timers.ts";

/**
 * Ends `resources`, and leaves what has not ended after `ms`. Every step has a bound of its own, but
 * what is away makes many of them late at once: nobody has more than one deadline for the whole end.
 */
export async function endWithin(
  ms: number,
  resources: AsyncDisposable,
  { log, timers }: { log: Pick<Log, "warn">; timers: Timers },
): Promise<void> {
  let ended = false;
  const end = async () => {
    try {
      await resources[Symbol.asyncDispose]();
    } finally {
      ended = true;
    }
  };
  await atMost(timers, ms, end());
  if (!ended) log.warn("end.cut-short", { after: ms });
}
