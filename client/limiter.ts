import { ApiError } from "./api.ts";
import type { Timers } from "./timers.ts";

/** Lets a few requests out at a time, and waits where the server asks for it. */
export type Limiter = <T>(request: () => Promise<T>) => Promise<T>;

/**
 * After a night offline every conversation has something to catch up with; all at once would look
 * like a flood. A request that came too early keeps its place and is repeated.
 */
export function createLimiter(atOnce: number, timers: Timers): Limiter {
  let free = atOnce;
  const waiting: (() => void)[] = [];

  const enter = (): Promise<void> => {
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  };

  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };

  return async (request) => {
    await enter();
    try {
      while (true) {
        try {
          return await request();
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== "rate-limited") throw error;
          const wait = (error.retryAfter ?? 1) * 1000;
          await new Promise<void>((resolve) => timers.after(wait, resolve));
        }
      }
    } finally {
      leave();
    }
  };
}
