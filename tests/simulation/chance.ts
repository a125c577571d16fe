/** Chance that can be had again: the same seed and name give the same numbers. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number;
  happens(probability: number): boolean;
  /** Mostly short, sometimes long: up to `ms`. */
  delay(ms: number): number;
}

/**
 * Each name has numbers of its own, so that leaving one step out of a schedule changes little of
 * what befalls the others. That is what makes shrinking work.
 */
export function createChance(seed: number, name: string): Chance {
  let state = seed >>> 0;
  for (let at = 0; at < name.length; at++) {
    state = Math.imul(state ^ name.charCodeAt(at), 0x01000193) >>> 0;
  }
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (end) => Math.floor(next() * end),
    happens: (probability) => next() < probability,
    delay: (ms) => Math.round(next() ** 2 * ms),
  };
}
