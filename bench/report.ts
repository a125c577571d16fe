/** Medians, the table in RESULTS.md, its record as JSON, and the comparison with that record. */
import { drawChart } from "./chart.ts";
import { type Figures, GENERATOR_LIMIT } from "./measure.ts";
import { scenarios } from "./scenarios.ts";

export type Row = {
  scenario: string;
  system: string;
  database: string;
  runs: Figures[];
  median: Figures;
};

export type Recorded = { machine: string[]; rows: Row[] };

const HERE = new URL("./", import.meta.url);
const BEGIN = "<!-- measured: begin -->";
const END = "<!-- measured: end -->";

/** Each figure's own median. Counts of what must not happen are added up instead. */
export function medianOf(runs: readonly Figures[]): Figures {
  const [first] = runs;
  if (first === undefined) throw new Error("nothing was measured");
  const of = (pick: (figures: Figures) => number) => median(runs.map(pick));
  const sum = (pick: (figures: Figures) => number) => runs.reduce((all, f) => all + pick(f), 0);
  const latency = (pick: (figures: Figures) => Figures["latency"]) =>
    pick(first) === undefined ? undefined : {
      p50: of((f) => pick(f)?.p50 ?? NaN),
      p99: of((f) => pick(f)?.p99 ?? NaN),
      max: Math.max(...runs.map((f) => pick(f)?.max ?? NaN)),
    };
  return {
    perSecond: of((f) => f.perSecond),
    deliveredPerSecond: of((f) => f.deliveredPerSecond),
    latency: latency((f) => f.latency),
    delivery: latency((f) => f.delivery),
    serverCpu: of((f) => f.serverCpu),
    databaseCpu: of((f) => f.databaseCpu),
    serverBusy: of((f) => f.serverBusy),
    databaseBusy: of((f) => f.databaseBusy),
    generatorBusy: of((f) => f.generatorBusy),
    serverMiB: of((f) => f.serverMiB),
    kibPerUnit: of((f) => f.kibPerUnit),
    seconds: of((f) => f.seconds),
    lost: sum((f) => f.lost),
    doubled: sum((f) => f.doubled),
    errors: sum((f) => f.errors),
    unfairness: first.unfairness === undefined ? undefined : of((f) => f.unfairness ?? NaN),
    firstError: runs.find((f) => f.firstError !== undefined)?.firstError,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** Keeps what people wrote around the measured part of RESULTS.md. */
export async function writeReport(record: Recorded): Promise<void> {
  await Deno.writeTextFile(new URL("results.json", HERE), JSON.stringify(record, null, 1) + "\n");
  await Deno.writeTextFile(new URL("results.svg", HERE), drawChart(record.rows));
  const path = new URL("RESULTS.md", HERE);
  const text = await Deno.readTextFile(path);
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const after = text.slice(text.indexOf(END));
  await Deno.writeTextFile(path, `${before}\n\n${tablesOf(record)}\n${after}`);
}

function tablesOf({ machine, rows }: Recorded): string {
  const parts = [machine.map((line) => `- ${line}`).join("\n") + "\n"];
  for (const { name, title, unit } of scenarios) {
    const own = rows.filter((row) => row.scenario === name);
    if (own.length === 0) continue;
    const columns: [string, (figures: Figures) => string][] = [
      [unit === "delivery" ? "deliveries/s" : `${unit}s/s`, (f) => number(f.perSecond)],
      ["server µs", (f) => small(f.serverCpu)],
      ["database µs", (f) => small(f.databaseCpu)],
      ["p50 / p99 / max ms", (f) => three(f.latency)],
      [
        "delivery p50 / p99 / max ms",
        ({ delivery: d }) =>
          d === undefined ? "" : `${small(d.p50)} / ${small(d.p99)} / ${small(d.max)}`,
      ],
      ["server MiB", (f) => number(f.serverMiB)],
      ["KiB each", (f) => name === "W1" ? small(f.kibPerUnit) : ""],
      ["seconds", (f) => name.startsWith("W5") ? small(f.seconds) : ""],
      ["busiest / idlest pair", (f) => f.unfairness === undefined ? "" : small(f.unfairness)],
      ["lost, doubled, errors", (f) => `${f.lost}, ${f.doubled}, ${f.errors}`],
      ["busy", limitOf],
    ];
    const shown = columns.filter(([, show]) => own.some(({ median }) => show(median) !== ""));
    const head = ["", "database", ...shown.map(([title]) => title)];
    const lines = [
      head,
      head.map((_, index) => index < 2 ? "---" : "--:"),
      ...own.map(({ system, database, median }) => [
        system,
        database === "none" ? "–" : database,
        ...shown.map(([, show]) => show(median)),
      ]),
    ].map((cells) => `| ${cells.join(" | ")} |`);
    const runs = own[0]?.runs.length ?? 0;
    parts.push(`### ${name}: ${title}\n\nMedian of ${runs}.\n\n${lines.join("\n")}\n`);
  }
  return parts.join("\n");
}

/** Shares of one core. Who has no time left is the limit: one thread, or all cores together. */
function limitOf({ generatorBusy, serverBusy, databaseBusy }: Figures): string {
  const busy = `generator ${percent(generatorBusy)}, server ${percent(serverBusy)}, database ${
    percent(databaseBusy)
  }`;
  const full = generatorBusy + serverBusy + databaseBusy > 0.95 * navigator.hardwareConcurrency;
  return generatorBusy > GENERATOR_LIMIT
    ? `**generator** (${busy})`
    : full
    ? `all cores (${busy})`
    : busy;
}

/** The units a second and the CPU time of Parley over those of a relay, in one and the same run. */
type Ratio = { name: string; value: number; higherIsBetter: boolean };

function ratiosOf(rows: readonly Row[]): Ratio[] {
  return rows.filter(({ system }) => system === "Parley").flatMap((row) => {
    const relays = rows.filter((other) =>
      other.scenario === row.scenario && other.system.startsWith("bare relay")
    );
    return relays.flatMap(({ system, median }): Ratio[] => {
      const name = `${row.scenario} on ${row.database}, ${system} = 1`;
      const cpu = (f: Figures) => f.serverCpu + f.databaseCpu;
      return [
        {
          name: `units a second, ${name}`,
          value: row.median.perSecond / median.perSecond,
          higherIsBetter: true,
        },
        {
          name: `CPU a unit, ${name}`,
          value: cpu(row.median) / cpu(median),
          higherIsBetter: false,
        },
      ];
    });
  });
}

/** A ratio that is worse by more than this is more than noise. */
const TOLERANCE = 1.3;

/** Prints each ratio beside the recorded one. @returns the exit code: 1 where one got worse */
export function compare(
  rows: readonly Row[],
  record: Recorded | undefined,
  print: (line: string) => void,
): number {
  if (record === undefined) {
    print("Nothing was recorded yet: run `deno task bench` once without --quick.");
    return 2;
  }
  const harmed = rows.filter(({ median: { lost, doubled, errors } }) =>
    lost + doubled + errors > 0
  );
  for (const { scenario, system, database, median } of harmed) {
    print(
      `${scenario}, ${system} on ${database}: ${median.firstError ?? "lost or doubled messages"}`,
    );
  }
  const before = new Map(ratiosOf(record.rows).map(({ name, value }) => [name, value]));
  let worse = harmed.length;
  let compared = 0;
  print("\n   now  recorded");
  for (const { name, value, higherIsBetter } of ratiosOf(rows)) {
    const recorded = before.get(name);
    if (recorded === undefined) continue;
    compared++;
    const isWorse = !((higherIsBetter ? recorded / value : value / recorded) <= TOLERANCE);
    if (isWorse) worse++;
    const figures = `${value.toFixed(2).padStart(6)} ${recorded.toFixed(2).padStart(9)}`;
    print(`${figures}  ${name}${isWorse ? "  WORSE" : ""}`);
  }
  if (compared === 0) print("Nothing of this was recorded.");
  return worse > 0 ? 1 : compared === 0 ? 2 : 0;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function small(value: number): string {
  return value.toFixed(1);
}

function three(latency: Figures["latency"]): string {
  return latency === undefined
    ? ""
    : `${small(latency.p50)} / ${small(latency.p99)} / ${small(latency.max)}`;
}

function percent(value: number): string {
  return `${Math.round(100 * value)} %`;
}
