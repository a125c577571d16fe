/** What a test file came to, read from what `deno test` printed, and the sum of many. */

export type Counts = {
  readonly passed: number;
  readonly steps: number;
  readonly failed: number;
  readonly ignored: number;
};

/** The runner's last line. What a test prints may look like it, and comes before. */
const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \((\d+) steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?/gm;

/**
 * @param printed without colours
 * @param code the process's: what it says of failure counts more than what was printed
 */
export function readCounts(printed: string, code: number): Counts {
  const last = [...printed.matchAll(SUMMARY)].at(-1);
  const [passed = 0, steps = 0, failed = 0, ignored = 0] = last?.slice(1)
    .map((text?: string) => Number(text ?? 0)) ?? [];
  // It died, was ended, or had no tests that could be loaded.
  const atLeast = code !== 0 || last === undefined ? 1 : 0;
  return { passed, steps, failed: Math.max(failed, atLeast), ignored };
}

export function addUp(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts) => all.reduce((total, counts) => total + counts[key], 0);
  return {
    passed: sum("passed"),
    steps: sum("steps"),
    failed: sum("failed"),
    ignored: sum("ignored"),
  };
}

/** As the runner itself says it, for whoever reads or counts its last line. */
export function summaryOf({ passed, steps, failed, ignored }: Counts, ms: number): string {
  const seconds = Math.round(ms / 1000);
  const time = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  const parts = [
    failed === 0 ? "ok" : "FAILED",
    `${passed} passed${steps === 0 ? "" : ` (${steps} step${steps === 1 ? "" : "s"})`}`,
    `${failed} failed`,
    ...(ignored === 0 ? [] : [`${ignored} ignored`]),
  ];
  return `${parts.join(" | ")} (${time})`;
}

export type Ran = { readonly file: string; readonly counts: Counts };

/** More than this, and it is not the machine. */
export const SECOND_CHANCES = 5;

/** Which files are run once more, by themselves: all that failed, or none. */
export function worthAnother(first: readonly Ran[]): string[] {
  const failed = first.filter(({ counts }) => counts.failed > 0).map(({ file }) => file);
  return failed.length > SECOND_CHANCES ? [] : failed;
}

export type Judged = { readonly counts: Counts; readonly unsteady: readonly string[] };

/** A file that was run again counts by that alone; it is unsteady where that went well. */
export function judge(first: readonly Ran[], again: readonly Ran[]): Judged {
  const second = new Map(again.map(({ file, counts }) => [file, counts]));
  return {
    counts: addUp(first.map(({ file, counts }) => second.get(file) ?? counts)),
    unsteady: again.filter(({ counts }) => counts.failed === 0).map(({ file }) => file),
  };
}
