/** `deno task bench`: measures everything and writes it down, or with --quick compares with that. */
import { parseArgs } from "node:util";
import { findPostgres, startPostgres } from "../tests/support/postgres_server.ts";
import { describeMachine } from "./machine.ts";
import { type Figures, measure } from "./measure.ts";
import { compare, medianOf, type Recorded, type Row, writeReport } from "./report.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

const HELP = `Usage: deno task bench [options]

  --quick           W3 and W4 once, for a few seconds: compares their ratios with the last record
  --only NAMES      these scenarios alone, comma-separated (${
  scenarios.map((s) => s.name).join(", ")
})
  --database NAME   postgresql or embedded alone
  --system NAME     one system alone: "Parley", "bare relay" or "bare relay with group commit"
  --runs N          runs of each (3); medians are reported
  --seconds N       of each measured part
  --profile         print where the server's time goes; implies --dry
  --dry             measure and print, but record nothing
`;

const RECORD = new URL("./results.json", import.meta.url);

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      help: { type: "boolean" },
      quick: { type: "boolean", default: false },
      dry: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      only: { type: "string" },
      database: { type: "string" },
      system: { type: "string" },
      runs: { type: "string" },
      seconds: { type: "string" },
    },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  if (findPostgres() === undefined) {
    print("The bench measures PostgreSQL as well: install Debian's package postgresql.");
    return 2;
  }
  const only = values.only?.split(",");
  const systems = scenarios.flatMap((scenario) => scenario.systems);
  const unknown = [
    ...(only ?? []).filter((name) => !scenarios.some((scenario) => scenario.name === name)),
    ...[values.system ?? []].flat().filter((name) => !systems.some((s) => s.name === name)),
    ...[values.database ?? []].flat().filter((name) => !systems.some((s) => s.database === name)),
    ...[values.runs ?? [], values.seconds ?? []].flat().filter((text) => !(Number(text) > 0)),
  ];
  if (unknown.length > 0) {
    print(`Not understood: ${unknown.join(", ")}\n\n${HELP}`);
    return 2;
  }
  const chosen = scenarios
    .filter(({ name, quick }) => only?.includes(name) ?? (!values.quick || quick))
    .map((scenario) => ({
      ...scenario,
      systems: scenario.systems.filter(({ name, database }) =>
        (values.system === undefined || name === values.system) &&
        (values.database === undefined || database === values.database || database === "none")
      ),
    })).filter(({ systems }) => systems.length > 0);
  const seconds = values.seconds ?? (values.quick ? "4" : undefined);
  const rows = await run(chosen, {
    runs: Number(values.runs ?? (values.quick ? 1 : 3)),
    seconds: seconds === undefined ? undefined : Number(seconds),
    profile: values.profile,
  });
  if (values.quick) return compare(rows, await readRecord(), print);
  if (!values.dry && !values.profile) {
    const key = ({ scenario, system, database }: Row) => [scenario, system, database].join();
    const measured = new Set(rows.map(key));
    const kept = (await readRecord())?.rows.filter((old) => !measured.has(key(old)));
    await writeReport({
      machine: await describeMachine(),
      rows: inOrder([...(kept ?? []), ...rows]),
    });
    print("\nWritten to bench/RESULTS.md.");
  }
  return 0;
}

/** Systems take turns within a round, so that a machine that slows down slows down all of them. */
async function run(
  chosen: readonly Scenario[],
  { runs, seconds, profile }: { runs: number; seconds: number | undefined; profile: boolean },
): Promise<Row[]> {
  await using postgres = await startPostgres();
  const rows: Row[] = [];
  for (const scenario of chosen) {
    print(`\n${scenario.name}: ${scenario.title}`);
    const found = new Map<string, Figures[]>();
    for (let round = 0; round < runs; round++) {
      for (const system of scenario.systems) {
        const figures = await measure(scenario, system, postgres, {
          seconds: seconds ?? scenario.seconds,
          ...(profile && system.name === "Parley" && { onProfile: print }),
        });
        const key = `${system.name}|${system.database}`;
        found.set(key, [...found.get(key) ?? [], figures]);
        print(`  ${lineOf(scenario, system.name, system.database, figures)}`);
      }
    }
    for (const { name, database } of scenario.systems) {
      const all = found.get(`${name}|${database}`) ?? [];
      rows.push({
        scenario: scenario.name,
        system: name,
        database,
        runs: all,
        median: medianOf(all),
      });
    }
  }
  return rows;
}

function lineOf(scenario: Scenario, system: string, database: string, f: Figures): string {
  const trouble = f.lost + f.doubled + f.errors > 0
    ? `  LOST ${f.lost} DOUBLED ${f.doubled} ERRORS ${f.errors} ${f.firstError ?? ""}`
    : "";
  return [
    `${system} (${database})`.padEnd(42),
    `${f.perSecond.toFixed(0)} ${scenario.unit}/s`.padEnd(20),
    `server ${f.serverCpu.toFixed(1)} + database ${f.databaseCpu.toFixed(1)} µs`.padEnd(36),
    latencyOf(f).padEnd(24),
    `generator ${(100 * f.generatorBusy).toFixed(0)} %`,
  ].join(" ") + trouble;
}

function latencyOf({ latency, kibPerUnit }: Figures): string {
  return latency === undefined
    ? `${kibPerUnit.toFixed(1)} KiB each`
    : `p50 ${latency.p50.toFixed(1)} p99 ${latency.p99.toFixed(1)} ms`;
}

function inOrder(rows: readonly Row[]): Row[] {
  const place = ({ scenario }: Row) => scenarios.findIndex(({ name }) => name === scenario);
  return [...rows].sort((a, b) => place(a) - place(b));
}

async function readRecord(): Promise<Recorded | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(RECORD));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

if (import.meta.main) Deno.exit(await main());
