/** Which test files there are, in which order they are run, and which of them want no neighbour. */

/** They measure how long something takes: run one at a time, when nothing else runs. */
const ALONE: readonly string[] = [
  "tests/chat/four_isolates_test.ts",
  "tests/chat/large_group_test.ts",
  "tests/faults/cluster_test.ts",
  "tests/faults/drain_test.ts",
  "tests/faults/locked_kv_test.ts",
  "tests/faults/rolling_restart_test.ts",
  "tests/faults/three_processes_test.ts",
  "tests/lib/sql/embedded_server_test.ts",
  "tests/peers/fairness_test.ts",
  "tests/peers/flooding_test.ts",
  "tests/peers/guessing_test.ts",
  "tests/peers/heavy_work_test.ts",
  "tests/peers/never_reading_test.ts",
  "tests/peers/slow_requests_test.ts",
  "tests/regular_expressions_test.ts",
  "tests/routes/large_list_test.ts",
  "tests/routes/many_contacts_test.ts",
  "tests/verify/alike_in_time_test.ts",
  "tests/verify/timing_test.ts",
];

/** Begun first, so that none of them is what everything waits for in the end. */
const SLOW: readonly string[] = [
  "tests/faults/",
  "tests/model/",
  "tests/simulation/",
  "tests/lib/sql/groups/",
  "tests/e2e/",
  "tests/peers/",
];

/**
 * Those about the delivery core itself, whose lines are counted. Elsewhere it only costs time: the
 * simulation takes nearly twice as long.
 */
const COVERING: readonly string[] = [
  "tests/chat/",
  "tests/client/",
  "tests/contract/",
  "tests/faults/interleavings_test.ts",
];

export function isCovering(file: string): boolean {
  return COVERING.some((beginning) => file.startsWith(beginning));
}

export type TestFiles = {
  readonly together: readonly string[];
  readonly alone: readonly string[];
};

/** Throws where a file that has to be alone is not among them: it was renamed, and would not be. */
export function arrange(files: readonly string[]): TestFiles {
  const lost = ALONE.filter((file) => !files.includes(file));
  if (lost.length > 0) throw new Error(`tests/support/test_files.ts names ${lost}: not there`);
  const rank = (file: string) => {
    const place = SLOW.findIndex((folder) => file.startsWith(folder));
    return place < 0 ? SLOW.length : place;
  };
  const together = files.filter((file) => !ALONE.includes(file));
  return {
    together: together.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)),
    alone: ALONE,
  };
}

/** The test files in `folder`, by their paths from `root`. */
export async function findTests(root: URL, folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, root))) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await findTests(root, path));
    else if (name.endsWith("_test.ts")) files.push(path);
  }
  return files;
}
