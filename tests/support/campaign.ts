/**
 * A test over many cases made by chance: how many, from which seed, and how to have one of them
 * again. `deno test … -- --cases=1000000 --seed=7 --first=0` overrides what CI does.
 */
export type Campaign = {
  readonly seed: number;
  /** The number of the first case, and how many there are. */
  readonly first: number;
  readonly count: number;
  /** The command that runs `count` cases from `first` on again. */
  replay(first: number, count: number): string;
};

export function createCampaign(file: string, inCi: number): Campaign {
  const seed = option("seed") ?? Math.floor(Math.random() * 2 ** 31);
  return {
    seed,
    first: option("first") ?? 0,
    count: option("cases") ?? inCi,
    replay: (first, count) =>
      `deno test -A ${file} -- --seed=${seed} --first=${first} --cases=${count}`,
  };
}

export function option(name: string): number | undefined {
  const given = Deno.args.find((argument) => argument.startsWith(`--${name}=`));
  if (given === undefined) return undefined;
  const value = Number(given.slice(name.length + 3));
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${given} is not a whole number`);
  return value;
}

/** Tells what a campaign did, beside the test's own result. */
export function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
