/**
 * Shows that a test can fail: takes a guard out of a copy of the code and expects the test to
 * notice.
 */
import assert from "node:assert/strict";

export type Guard = {
  file: string;
  /** The guard, and the code without it. */
  code: string;
  without: string;
};

const ROOT = new URL("../../", import.meta.url).pathname;
const COPIED = [
  "chat",
  "client",
  "isolates",
  "lib",
  "routes",
  "status",
  "verify",
  "tests",
  "web/deno.json",
];

const unloading = new AbortController();
globalThis.addEventListener("unload", () => unloading.abort());

/**
 * Runs the tests of `path` on a copy of the code without the guard.
 * @param run `options` are those of `deno test`; `args` are for the test itself
 * @returns what the tests printed
 */
export async function testWithout(
  { file, code, without }: Guard,
  run: {
    path: string;
    options?: readonly string[];
    args?: readonly string[];
  },
): Promise<string> {
  const { path, options = [], args = [] } = run;
  const copy = await Deno.makeTempDir({ prefix: "parley-guard-" });
  try {
    await copyTree(copy);
    const source = await Deno.readTextFile(`${copy}/${file}`);
    assert.equal(source.split(code).length, 2, `${file} has the guard once`);
    await Deno.writeTextFile(`${copy}/${file}`, source.replace(code, () => without));
    const { code: status, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", ...options, path, "--", ...args],
      cwd: copy,
      // What fails without the guard is mostly waited for in vain.
      env: { NO_COLOR: "1", PARLEY_TEST_PATIENCE: "5000" },
      stderr: "null",
      // A guard's absence should fail its test, not hang it; and none outlives these tests.
      signal: AbortSignal.any([AbortSignal.timeout(120_000), unloading.signal]),
    }).output();
    const output = new TextDecoder().decode(stdout);
    assert.notEqual(status, 0, `the tests still pass:\n${output}`);
    return output;
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/**
 * Looks into the runner's list of failures: the line of a test that ran for long, or printed something,
 * is broken in two.
 * @param on the kind of database at the end of the test's name, where there are several
 */
export function assertFailed(output: string, test: string, on = ""): void {
  const failures = output.split("\n FAILURES \n").slice(1).at(-1) ?? "";
  const names = failures.split("\n").map((line) => line.split(" => ")[0] ?? "");
  const failed = names.some((name) => name.startsWith(test) && name.endsWith(on));
  assert.ok(failed, `another test failed, or none ran:\n${output}`);
}

/** Each is a process of its own. */
const AT_A_TIME = navigator.hardwareConcurrency;

/**
 * Answers what came of each guard's run, of which the next is begun before it is asked for. The tests
 * that ask need their sanitizers off: another run may go on after them.
 */
export function createRunsAhead<T>(
  guards: readonly T[],
  run: (guard: T) => Promise<string>,
): (guard: T) => Promise<string> {
  const runs = new Map<T, Promise<string>>();
  return (guard) => {
    const place = guards.indexOf(guard);
    for (const each of guards.slice(place, place + AT_A_TIME)) {
      const output = runs.get(each) ?? run(each);
      runs.set(each, output);
      // Whichever fails is reported by its own test.
      output.catch(() => {});
    }
    return runs.get(guard) ?? run(guard);
  };
}

async function copyTree(to: string): Promise<void> {
  await Deno.mkdir(`${to}/web`);
  for (const path of COPIED) {
    const { success } = await new Deno.Command("cp", { args: ["-R", ROOT + path, `${to}/${path}`] })
      .output();
    assert.ok(success, `copied ${path}`);
  }
  for (const path of ["deno.json", "deno.lock", "main.ts", "server.ts"]) {
    await Deno.copyFile(ROOT + path, `${to}/${path}`);
  }
  await Deno.symlink(`${ROOT}node_modules`, `${to}/node_modules`);
}
