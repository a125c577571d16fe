import type { Latency } from "./order.ts";

/** Collects durations in milliseconds. Every one is kept: percentiles are exact. */
export interface Latencies {
  readonly count: number;
  add(ms: number): void;
  /** Undefined where nothing was timed. */
  summary(): Latency | undefined;
}

export function createLatencies(): Latencies {
  let values = new Float64Array(1024);
  let count = 0;
  return {
    get count() {
      return count;
    },
    add: (ms) => {
      if (count === values.length) {
        const larger = new Float64Array(2 * count);
        larger.set(values);
        values = larger;
      }
      values[count++] = ms;
    },
    summary: () => {
      if (count === 0) return undefined;
      const sorted = values.subarray(0, count).toSorted();
      const at = (part: number) => sorted[Math.max(0, Math.ceil(part * count) - 1)] ?? NaN;
      return { p50: at(0.5), p99: at(0.99), max: at(1) };
    },
  };
}
