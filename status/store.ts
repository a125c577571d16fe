import { AppError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Timers } from "../lib/timers.ts";

/** Asks the key-value store: never for ever, and saying once that it is away and once that it is back. */
export interface Store {
  /**
   * @param call learns by its signal that nobody waits for it any more
   * @throws AppError `unavailable`, whatever went wrong
   */
  ask<T>(call: (kv: Deno.Kv, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** The last question was not answered. */
  readonly away: boolean;
}

/** Milliseconds after which a store that does not answer counts as away. */
const ANSWER_WITHIN = 2_000;

export function createStore(
  { kv, timers, log }: { kv: Deno.Kv; timers: Timers; log: Log },
): Store {
  let away = false;
  const failed = (error: unknown): AppError => {
    if (!away) log.warn("status.store-away", { error: messageOf(error) });
    away = true;
    return new AppError("unavailable", "the store of the status service cannot be reached", {
      retryAfter: 2,
    });
  };
  return {
    get away() {
      return away;
    },
    ask: async (call) => {
      const abandoned = new AbortController();
      const late = Promise.withResolvers<never>();
      const callOff = timers.after(ANSWER_WITHIN, () => {
        const error = new Error(`no answer within ${ANSWER_WITHIN} ms`);
        abandoned.abort(error);
        late.reject(error);
      });
      try {
        const answer = await Promise.race([call(kv, abandoned.signal), late.promise]);
        if (away) log.info("status.store-back");
        away = false;
        return answer;
      } catch (error) {
        throw failed(error);
      } finally {
        callOff();
      }
    },
  };
}
