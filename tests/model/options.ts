/** What may be said behind `--` on the command line of the model's test. */
export type ModelOptions = {
  /** Operations, on both databases together. */
  operations: number;
  seed: number;
  /** Of one list of operations among those of a seed, and the database that it failed on. */
  path?: string;
  database?: string;
  /** Whether a failing list is made smaller. */
  shrink: boolean;
  /** Whether the server is to run in the test's own process. */
  inside: boolean;
};

const FILE = "tests/model/model_test.ts";

/** @param inCi operations where the command line says nothing */
export function modelOptions(args: readonly string[], inCi: number): ModelOptions {
  const value = (name: string) => {
    const start = `--${name}=`;
    return args.find((arg) => arg.startsWith(start))?.slice(start.length);
  };
  const number = (name: string, otherwise: number) => {
    const given = Number(value(name) ?? otherwise);
    if (!Number.isSafeInteger(given) || given < 0) throw new Error(`--${name} is a whole number`);
    return given;
  };
  const path = value("path");
  const database = value("database");
  return {
    operations: number("operations", inCi),
    seed: number("seed", Math.floor(Math.random() * 2 ** 31)),
    ...(path !== undefined && { path }),
    ...(database !== undefined && { database }),
    shrink: value("shrink") !== "no",
    inside: value("server") === "inside",
  };
}

/** One line that does it again. */
export function replayCommand(seed: number, path: string | null, database: string): string {
  const which = path === null ? "" : ` --path=${path}`;
  return `deno test -A ${FILE} -- --seed=${seed} --database=${database}${which}`;
}
