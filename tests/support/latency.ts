/** Comparing how long others wait with and without a bad peer, on a machine that has other work. */
import assert from "node:assert/strict";

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Milliseconds below which a p99 says more about the machine than about the server. */
const FLOOR = 25;
const WINDOWS = 3;
const ATTEMPTS = 3;

/** Measures one window, and answers with its delays in milliseconds. */
export type Measure = () => Promise<readonly number[]>;

/**
 * Measures windows without and with each kind of bad peer by turns, and compares the lower quartiles
 * of their p99: with it at most twice what it is without, where anything under 25 ms counts as 25 ms.
 * What a bad peer costs it costs in every window, and what else the machine does it does in some.
 *
 * @returns what was measured, for people to read
 */
export async function compareLatency(
  without: Measure,
  kinds: Readonly<Record<string, Measure>>,
): Promise<string> {
  const quiet: number[] = [];
  const bad = Object.entries(kinds).map(([name, measure]) => ({
    name,
    measure,
    p99: new Array<number>(),
  }));
  const p99 = async (measure: Measure) => percentile(await measure(), 0.99);
  for (let attempt = 1;; attempt++) {
    for (let window = 0; window < WINDOWS; window++) {
      quiet.push(await p99(without));
      for (const kind of bad) kind.p99.push(await p99(kind.measure));
    }
    const before = percentile(quiet, 0.25);
    const all = bad.map(({ name, p99 }) => ({ name, after: percentile(p99, 0.25) }));
    const told = `p99 ${before.toFixed(1)} ms without, with ` +
      all.map(({ name, after }) => `${name} ${after.toFixed(1)} ms`).join(", ");
    const slow = all.filter(({ after }) => after > 2 * Math.max(before, FLOOR));
    if (slow.length === 0) return told;
    if (attempt === ATTEMPTS) assert.fail(`${slow.map(({ name }) => name).join(", ")}: ${told}`);
  }
}
