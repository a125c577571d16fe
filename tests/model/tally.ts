/** Counts how operations came out: a rule that nothing meets is not tested. */
export interface Tally {
  count(what: string, code: string): void;
  /** How often each operation was done, and refused with which codes; most frequent first. */
  lines(): string[];
  /** Operations that were always refused. */
  neverDone(): string[];
}

export function createTally(): Tally {
  const counts = new Map<string, Map<string, number>>();
  return {
    count: (what, code) => {
      const of = counts.get(what) ?? new Map<string, number>();
      counts.set(what, of);
      of.set(code, (of.get(code) ?? 0) + 1);
    },
    lines: () =>
      [...counts].map(([what, of]) => {
        const sorted = [...of].toSorted(([, one], [, other]) => other - one);
        return `${what}: ${sorted.map(([code, count]) => `${code} ${count}`).join(", ")}`;
      }),
    neverDone: () => [...counts].flatMap(([what, of]) => of.has("ok") ? [] : [what]),
  };
}
