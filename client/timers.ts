/** Time and chance, injected so that tests can hold them. */
export interface Timers {
  /** Milliseconds. */
  now(): number;
  /** Calls `callback` once after `ms`; the answer calls that off. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 up to, not including, 1. */
  random(): number;
}

export const realTimers: Timers = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

const FIRST = 400;
const LONGEST = 30_000;

/** Milliseconds before try number `attempt` (from 1): exponential, with half of it left to chance. */
export function backoff(attempt: number, timers: Timers): number {
  const full = Math.min(LONGEST, FIRST * 2 ** (attempt - 1));
  return Math.round(full / 2 + timers.random() * full / 2);
}
