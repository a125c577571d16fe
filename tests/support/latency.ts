/** Comparing how long others wait with and without a bad peer, on a machine that has other work. */
import assert from "node:assert/strict";

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Milliseconds below which a p99 says more about the machine than about the server. */
const FLOOR = 15;
const WINDOWS = 3;
const ATTEMPTS = 3;

/**
 * Measures windows without and with the bad peer by turns, and compares the medians of their p99:
 * with it at most twice what it is without, where anything under 15 ms counts as 15 ms. A median of
 * windows that alternate is not moved by what else the machine does for a second; and where it is,
 * more windows are measured before it counts.
 *
 * @param measure answers with the delays of one window, in milliseconds
 */
export async function compareLatency(
  measure: (withBadPeer: boolean) => Promise<readonly number[]>,
): Promise<string> {
  const without: number[] = [];
  const withIt: number[] = [];
  let told = "";
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    for (let window = 0; window < WINDOWS; window++) {
      without.push(percentile(await measure(false), 0.99));
      withIt.push(percentile(await measure(true), 0.99));
    }
    const before = percentile(without, 0.5);
    const after = percentile(withIt, 0.5);
    told = `p99 ${before.toFixed(1)} ms without, ${after.toFixed(1)} ms with the bad peer`;
    if (after <= 2 * Math.max(before, FLOOR)) return told;
  }
  assert.fail(told);
}
