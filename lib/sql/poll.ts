import { every, type Timers } from "../timers.ts";
import { isAway } from "./failures.ts";

/**
 * Asks the database something every `ms`, one question at a time: the next one waits for an answer.
 * @param onError hears of every failure but that the database is away, which those report who need it
 */
export function poll(
  timers: Timers,
  ms: number,
  ask: () => Promise<void>,
  onError: (error: unknown) => void,
): Disposable & {
  /** Asks out of turn. */
  now(): void;
} {
  let asking = false;
  const once = async () => {
    if (asking) return;
    asking = true;
    try {
      await ask();
    } catch (error) {
      if (!isAway(error)) onError(error);
    } finally {
      asking = false;
    }
  };
  const polling = every(timers, ms, () => void once());
  return {
    now: () => void once(),
    [Symbol.dispose]: () => polling[Symbol.dispose](),
  };
}
