import type { Clock } from "../../lib/clock.ts";

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
}

export function createFakeClock(start = 1_750_000_000_000): FakeClock {
  let now = start;
  return { now: () => now, advance: (ms) => void (now += ms) };
}
