/**
 * Milliseconds by which the event loop is late: how much longer than asked for a timer takes, which
 * is how long whatever else becomes due has to wait. `monitorEventLoopDelay` of `node:perf_hooks`
 * does nothing in this runtime.
 */
import type { Timers } from "./timers.ts";

export interface EventLoopDelay extends Disposable {
  /** Milliseconds, smoothed over the last few seconds. */
  now(): number;
}

/**
 * Milliseconds from which on a loop counts as overloaded. People notice half a second, and a server
 * that is merely busy, at 100 % of its processor, stays well below.
 */
export const LATE = 500;

/** Milliseconds between two looks. */
const LOOK_EVERY = 100;
/**
 * Milliseconds over which it is smoothed. A look counts for as long as it covers: one pause of 300 ms
 * (a garbage collection) makes 50, one of two seconds 1,300, and a loop that is always late by 600
 * makes 600.
 */
const SMOOTHED_OVER = 2_000;
/** No single look counts for more: a process that was stopped for a minute is not late for another. */
const MOST = 2_000;

/** @param now milliseconds of a clock that never jumps */
export function startEventLoopDelay(
  timers: Timers,
  now: () => number = () => performance.now(),
): EventLoopDelay {
  let smoothed = 0;
  let looked = now();
  let callOff: () => void;
  const look = () => {
    const passed = now() - looked;
    looked += passed;
    const late = Math.min(Math.max(passed - LOOK_EVERY, 0), MOST);
    smoothed += (late - smoothed) * (1 - Math.exp(-passed / SMOOTHED_OVER));
    callOff = timers.after(LOOK_EVERY, look);
  };
  callOff = timers.after(LOOK_EVERY, look);
  return {
    now: () => smoothed,
    [Symbol.dispose]: () => callOff(),
  };
}
