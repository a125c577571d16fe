/**
 * How long somebody still waits for what is being done. It follows the work through every call, as a
 * parameter that each function would only hand on; whoever asks another service tells it what is left.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "./errors.ts";

/** By `performance.now()`: a clock that is set does not move it. */
const deadlines = new AsyncLocalStorage<number>();

/** Milliseconds that are left; infinitely many where nobody waits. */
export function timeLeft(): number {
  const end = deadlines.getStore();
  return end === undefined ? Infinity : end - performance.now();
}

/** @throws AppError `timeout` when nobody waits for it any more: doing it would do harm at best */
export function refuseLate(): void {
  if (timeLeft() <= 0) throw late();
}

/**
 * Gives `task` so long, or what is left if that is less. What it has begun goes on; its outcome is
 * nobody's then.
 * @throws AppError `timeout` when the time is over
 */
export async function withDeadline<T>(ms: number, task: () => Promise<T>): Promise<T> {
  const given = Math.min(ms, timeLeft());
  if (given <= 0) throw late();
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), given);
  try {
    return await Promise.race([deadlines.run(performance.now() + given, task), over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Does `task` for nobody who waits: what was begun by a request and goes on after its answer. */
export function withoutDeadline<T>(task: () => T): T {
  return deadlines.run(Infinity, task);
}

function late(): AppError {
  return new AppError("timeout", "this took too long; try again", { retryAfter: 1 });
}
