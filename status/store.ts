import { AppError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Timers } from "../lib/timers.ts";

/** Asks the key-value store: never for ever, and saying once that it is away and once that it is back. */
export interface Store {
  /**
   * @param call learns by its signal that nobody waits for it any more
   * @throws AppError `unavailable`, whatever went wrong
   */
  ask<T>(call: Call<T>): Promise<T>;
  /** The same for a call that writes. */
  change<T>(call: Call<T>): Promise<T>;
  /** The last question was not answered, or no change has been taken since one was not. */
  readonly away: boolean;
  /** The last change was not taken: what is read meanwhile may no longer be so. */
  readonly stale: boolean;
}

type Call<T> = (kv: Deno.Kv, signal: AbortSignal) => Promise<T>;

/** Milliseconds after which a store that does not answer counts as away. */
const ANSWER_WITHIN = 2_000;

export function createStore(
  { kv, timers, log }: { kv: Deno.Kv; timers: Timers; log: Log },
): Store {
  let away = false;
  let stale = false;
  const failed = (error: unknown): AppError => {
    if (!away) log.warn("status.store-away", { error: messageOf(error) });
    away = true;
    return new AppError("unavailable", "the store of the status service cannot be reached", {
      retryAfter: 2,
    });
  };
  const answered = () => {
    if (!away || stale) return;
    log.info("status.store-back");
    away = false;
  };
  const inTime = async <T>(call: Call<T>): Promise<T> => {
    const abandoned = new AbortController();
    const late = Promise.withResolvers<never>();
    const callOff = timers.after(ANSWER_WITHIN, () => {
      const error = new Error(`no answer within ${ANSWER_WITHIN} ms`);
      abandoned.abort(error);
      late.reject(error);
    });
    try {
      return await Promise.race([call(kv, abandoned.signal), late.promise]);
    } catch (error) {
      throw failed(error);
    } finally {
      callOff();
    }
  };
  return {
    get away() {
      return away;
    },
    get stale() {
      return stale;
    },
    ask: async (call) => {
      const answer = await inTime(call);
      answered();
      return answer;
    },
    change: async (call) => {
      try {
        const answer = await inTime(call);
        stale = false;
        answered();
        return answer;
      } catch (error) {
        stale = true;
        throw error;
      }
    },
  };
}
