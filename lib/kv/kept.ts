/**
 * Milliseconds that everything is kept beyond its end, which is judged by the times within: the store
 * sweeps by the clock of whichever machine has it open, and that may be far ahead of the others'.
 */
const BEYOND = 24 * 3600 * 1000;

/** Has the store keep what counts for so many milliseconds more. */
export function keptFor(lasts: number): { expireIn: number } {
  return { expireIn: Math.ceil(lasts) + BEYOND };
}
