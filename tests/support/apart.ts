/** Whether two kinds of work take different times, by what outliers and a busy machine move least. */

export type Times = {
  /** Milliseconds. */
  median: number;
  /** The median of how far they are from that. */
  spread: number;
};

export function timesOf(samples: readonly number[]): Times {
  const middle = median(samples);
  return { median: middle, spread: median(samples.map((each) => Math.abs(each - middle))) };
}

/** How far apart the medians are, in spreads: below 1 one of them says nothing of the kind. */
export function apart(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [timesOf(one), timesOf(other)];
  return Math.abs(a.median - b.median) / Math.max(a.spread, b.spread);
}

function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? NaN) + (sorted[Math.floor(half)] ?? NaN)) / 2;
}
