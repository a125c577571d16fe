/**
 * The task `test`: every test file in a process of its own, several at a time, those that measure
 * time by themselves; then what the logs hold, and the coverage of the delivery core.
 *
 *     deno task test                     everything
 *     deno task test tests/chat …        some folders or files, without the two reports
 */
import { arrange, findTests, isCovering } from "./support/test_files.ts";
import { endAll, runBounded } from "./support/run_bounded.ts";
import { judge, type Ran, readCounts, summaryOf, worthAnother } from "./support/test_outcome.ts";

const ROOT = new URL("../", import.meta.url);
const CACHE = "node_modules/.cache";
const COVERAGE = `${CACHE}/coverage`;

/** One more than there are processors, since many wait; but some start several servers. */
const AT_A_TIME = Math.min(navigator.hardwareConcurrency + 1, 4);
/** Milliseconds after which a file hangs: several times what the longest takes. */
const LONGEST = 15 * 60_000;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

async function runFile(file: string): Promise<Ran> {
  const began = performance.now();
  const coverage = [`--coverage=${COVERAGE}`, "--coverage-raw-data-only"];
  // Types are what the task `check` is for.
  const args = [
    ...["test", "-A", "--no-check", "--preload=tests/support/record_secrets.ts"],
    ...(isCovering(file) ? coverage : []),
    file,
  ];
  const { code, signal, stdout, stderr, hung } = await runBounded(Deno.execPath(), args, {
    within: LONGEST,
    cwd: ROOT,
    // It is read here.
    env: { NO_COLOR: "1" },
  });
  const printed = stdout.trimEnd();
  const counts = readCounts(printed, code);
  say(printed);
  if (counts.failed > 0) {
    const how = hung ? "its time" : signal ?? `code ${code}`;
    const after = `${Math.round((performance.now() - began) / 1000)} s`;
    say(`${stderr.trimEnd()}\nFAILED: ${file} (ended by ${how} after ${after})\n`);
  }
  return { file, counts };
}

/** In the order given, `atATime` of them at once. */
async function runFiles(files: readonly string[], atATime: number): Promise<Ran[]> {
  const waiting = files.values();
  const ran: Ran[] = [];
  const work = async () => {
    for (const file of waiting) ran.push(await runFile(file));
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return ran;
}

async function runTask(...args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...args],
    cwd: ROOT,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return success;
}

/** @param chosen the beginnings of paths; none are all */
async function runTests(chosen: readonly string[]): Promise<boolean> {
  const began = performance.now();
  const isChosen = (file: string) =>
    chosen.length === 0 || chosen.some((path) => file === path || file.startsWith(`${path}/`));
  const files = arrange(await findTests(ROOT, "tests"));
  const first = [
    ...await runFiles(files.together.filter(isChosen), AT_A_TIME),
    ...await runFiles(files.alone.filter(isChosen), 1),
  ];
  if (first.length === 0) {
    say(`there are no tests in ${chosen.join(", ")}`);
    return false;
  }
  // Where the machine is somebody else's as well; on one's own, a failure is one.
  const again = Deno.env.get("CI") === "true" ? await runFiles(worthAnother(first), 1) : [];
  const { counts, unsteady } = judge(first, again);
  for (const file of unsteady) say(`unsteady: ${file} failed, and passed when it was run again`);
  say(`\n${summaryOf(counts, performance.now() - began)}\n`);
  return counts.failed === 0;
}

async function main(chosen: readonly string[]): Promise<boolean> {
  for (const folder of [COVERAGE, `${CACHE}/logs`]) {
    await Deno.remove(new URL(folder, ROOT), { recursive: true }).catch(() => {});
  }
  if (!await runTests(chosen)) return false;
  if (chosen.length > 0) return true;
  return await runTask("--allow-read", "tests/log_report.ts") &&
    await runTask("--allow-read", "--allow-run", "tests/coverage_report.ts", COVERAGE);
}

if (import.meta.main) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      endAll();
      Deno.exit(130);
    });
  }
  const chosen = Deno.args.map((path) => path.replace(/^\.\//, "").replace(/\/+$/, ""));
  if (!await main(chosen)) Deno.exit(1);
}
