import { ApiError } from "./api.ts";
import type { Timers } from "./timers.ts";

/** Lets a few requests out at a time, and waits where the server asks for it. */
export interface Limiter {
  /** In line with the others, or before all that wait. */
  run<T>(request: () => Promise<T>, place?: "first" | "last"): Promise<T>;
  /** At once: for what a person is waiting for. */
  now<T>(request: () => Promise<T>): Promise<T>;
  /** Fails everything that waits, and whatever comes. */
  close(): void;
}

/**
 * After a night offline every conversation has something to catch up with; all at once would look
 * like a flood. A request that came too early keeps its place and is repeated.
 */
export function createLimiter(atOnce: number, timers: Timers): Limiter {
  let free = atOnce;
  let open = true;
  const waiting: (() => void)[] = [];
  const sleeping = new Set<() => void>();

  const enter = (place: "first" | "last"): Promise<void> => {
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      if (place === "first") waiting.unshift(resolve);
      else waiting.push(resolve);
    });
  };

  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        cancel();
        sleeping.delete(wake);
        resolve();
      };
      const cancel = timers.after(ms, wake);
      sleeping.add(wake);
    });

  const now = async <T>(request: () => Promise<T>): Promise<T> => {
    while (true) {
      if (!open) throw new ApiError({ code: "unavailable", status: 0, message: "closed" });
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "rate-limited") throw error;
        await sleep((error.retryAfter ?? 1) * 1000);
      }
    }
  };

  return {
    now,
    run: async (request, place = "last") => {
      await enter(place);
      try {
        return await now(request);
      } finally {
        leave();
      }
    },
    close: () => {
      open = false;
      for (const wake of [...sleeping]) wake();
    },
  };
}
