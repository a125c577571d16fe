import { AppError } from "./errors.ts";

/** Lets only so many of somebody's requests ask the database at a time; the rest wait, in order. */
export interface Turns {
  /** Nobody runs and nobody waits. */
  readonly idle: boolean;
  /** @throws AppError where `over` was true when the turn came: nobody is there for the answer */
  take<T>(task: () => Promise<T>): Promise<T>;
}

export function createTurns(width: number, over: () => boolean = () => false): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  const finish = () => {
    // A turn that somebody waits for is handed on, so that nobody new can take it in between.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  };
  return {
    get idle() {
      return running === 0;
    },
    take: async (task) => {
      if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        if (over()) throw new AppError("unavailable", "the connection has ended");
        return await task();
      } finally {
        finish();
      }
    },
  };
}
