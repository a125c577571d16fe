/** What may be said behind `--` on the command line of the simulation. */
export type SimulationOptions = {
  /** Schedules. */
  numRuns: number;
  seed: number;
  /** Of one schedule among those of a seed. */
  path?: string;
  /** Whether a failing schedule is made smaller. */
  shrink: boolean;
};

const RUNS = 3_000;
/** The same schedules for everybody: a run that fails, fails by what was changed. */
const SEED = 20_261_121;
const FILE = "tests/simulation/simulation_test.ts";

export function simulationOptions(args: readonly string[]): SimulationOptions {
  const value = (name: string) => {
    const start = `--${name}=`;
    return args.find((arg) => arg.startsWith(start))?.slice(start.length);
  };
  const seed = value("seed") ?? SEED;
  const path = value("path");
  const numbers = [value("runs") ?? RUNS, seed === "new" ? 0 : seed];
  if (numbers.some((number) => Number.isNaN(Number(number)))) {
    throw new Error(`--runs and --seed are numbers, not ${args.join(" ")}`);
  }
  return {
    numRuns: Number(value("runs") ?? (path === undefined ? RUNS : 1)),
    seed: seed === "new" ? Math.trunc(Math.random() * 2 ** 31) : Number(seed),
    ...(path !== undefined && { path }),
    shrink: value("shrink") !== "no",
  };
}

/** One line that does it again. */
export function replayCommand(seed: number, path: string | null): string {
  return `deno test -A ${FILE} -- --seed=${seed}${path === null ? "" : ` --path=${path}`}`;
}
