import type { Log } from "../lib/log.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import { poll } from "../lib/sql/poll.ts";
import type { Timers } from "../lib/timers.ts";

/** Milliseconds between two looks at the log's name. */
const LOOK_EVERY = 1_000;

/**
 * Notices that the log goes on as another one: a backup was restored, or a replica became the primary
 * and may lack what was acknowledged last. What this node and its clients know does not count then.
 * @param onOther called once a change; not for the first name that is heard
 */
export function watchLog(parts: {
  readEpoch: ChatStore["readEpoch"];
  onOther: () => void;
  onError: (error: unknown) => void;
  log: Log;
  timers: Timers;
}): Disposable {
  const { readEpoch, onOther, onError, log, timers } = parts;
  let known: Id | undefined;
  const looking = poll(timers, LOOK_EVERY, async () => {
    const epoch = await readEpoch();
    const other = known !== undefined && known !== epoch;
    if (other) log.warn("log.other", { epoch, before: known });
    known = epoch;
    if (other) onOther();
  }, onError);
  looking.now();
  return looking;
}
