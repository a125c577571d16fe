/**
 * Looks for every password, token, code and message text that clients sent while the tests ran in
 * everything that servers logged meanwhile. Called by the task `test` at its end.
 */
import { PLANTED, type PlantedKind } from "./support/record_secrets.ts";
import { SUITE_LOGS } from "./support/suite_log.ts";

/** Fewer lines, or fewer secrets of a kind, and something is not being written down. */
const LEAST_LINES = 1_000;
const LEAST_PLANTED: Readonly<Record<PlantedKind, number>> = {
  password: 20,
  token: 500,
  code: 20,
  // Most tests say less than is looked for.
  text: 20,
};

/** Characters by which a secret is found; the rest is compared. */
const WINDOW = 12;

type Leak = { kind: PlantedKind; line: string };

/** Secrets by their first characters, so that many are looked for at once. */
export function createSearch(
  planted: Iterable<readonly [PlantedKind, string]>,
): (line: string) => PlantedKind | undefined {
  const codes = new Set<string>();
  const byStart = new Map<string, (readonly [PlantedKind, string])[]>();
  const short: (readonly [PlantedKind, string])[] = [];
  for (const [kind, secret] of planted) {
    // As it stands in a line of JSON.
    const written = JSON.stringify(secret).slice(1, -1);
    if (kind === "code") codes.add(secret);
    else if (written.length < WINDOW) short.push([kind, written]);
    else {
      const start = written.slice(0, WINDOW);
      byStart.set(start, [...byStart.get(start) ?? [], [kind, written]]);
    }
  }
  return (line) => {
    // By itself, not within a number, a time or an id.
    for (const [code] of line.matchAll(/(?<!\w|\d[.:-]|-)\d{6}(?!\w|[.:-]\d|-)/g)) {
      if (codes.has(code)) return "code";
    }
    for (const [kind, secret] of short) if (line.includes(secret)) return kind;
    for (let at = 0; at + WINDOW <= line.length; at++) {
      const found = byStart.get(line.slice(at, at + WINDOW))
        ?.find(([, secret]) => line.startsWith(secret, at));
      if (found !== undefined) return found[0];
    }
    return undefined;
  };
}

async function* linesOf(folder: URL): AsyncGenerator<string> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const line of text.split("\n")) if (line !== "") yield line;
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

async function report(): Promise<boolean> {
  const planted: [PlantedKind, string][] = [];
  for await (const line of linesOf(PLANTED)) planted.push(JSON.parse(line));
  const search = createSearch(planted);
  let lines = 0;
  const leaks: Leak[] = [];
  for await (const line of linesOf(SUITE_LOGS)) {
    lines++;
    const kind = search(line);
    if (kind !== undefined) leaks.push({ kind, line });
  }
  const kinds = Object.keys(LEAST_PLANTED) as PlantedKind[];
  const counts = kinds.map((kind) => [kind, planted.filter(([each]) => each === kind).length]);
  const enough = lines >= LEAST_LINES &&
    counts.every(([kind, count]) => Number(count) >= LEAST_PLANTED[kind as PlantedKind]);
  const said = counts.map(([kind, count]) => `${count} ${kind}s`).join(", ");
  say(`\n${lines} lines of logs hold ${leaks.length} of ${said}`);
  for (const { kind, line } of leaks.slice(0, 20)) {
    say(`  a ${kind}: ${line.slice(0, 400)}`);
  }
  if (!enough) say("  too few to say anything: were all tests run by the task?");
  return enough && leaks.length === 0;
}

if (import.meta.main && !await report()) Deno.exit(1);
