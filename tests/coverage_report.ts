/**
 * Says how much of the delivery core the tests ran, line by line, and fails below the mark. Called
 * by the task `test` with the folder that `deno test --coverage` wrote into.
 */

/** Percent of lines. */
const MARK = 95;

/** The parts that nobody may lose a message in, by the beginnings of their files' paths. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  appender: ["chat/appender.ts", "chat/lane.ts"],
  hub: ["chat/hub.ts"],
  dispatch: ["chat/dispatch.ts", "chat/handlers/"],
  sockets: ["chat/socket/", "chat/outbound.ts", "chat/session.ts"],
  client: ["client/"],
};

type Lines = { found: number; hit: number; missed: string[] };

/** Reads a report in lcov's format (geninfo(1)): SF names a file, DA a line and its count. */
function readLcov(text: string, root: string): Map<string, Map<number, number>> {
  const files = new Map<string, Map<number, number>>();
  let lines = new Map<number, number>();
  for (const row of text.split("\n")) {
    if (row.startsWith("SF:")) {
      const path = row.slice(3).replace(root, "");
      files.set(path, lines = files.get(path) ?? new Map());
    } else if (row.startsWith("DA:")) {
      const [line = 0, count = 0] = row.slice(3).split(",").map(Number);
      lines.set(line, Math.max(count, lines.get(line) ?? 0));
    }
  }
  return files;
}

function linesOf(
  part: readonly string[],
  files: ReadonlyMap<string, ReadonlyMap<number, number>>,
): Lines {
  const all: Lines = { found: 0, hit: 0, missed: [] };
  for (const [path, lines] of files) {
    if (!part.some((beginning) => path.startsWith(beginning))) continue;
    for (const [line, count] of lines) {
      all.found++;
      if (count > 0) all.hit++;
      else all.missed.push(`${path}:${line}`);
    }
  }
  return all;
}

async function report(folder: string): Promise<boolean> {
  const root = new URL("../", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--lcov", `--include=^file://${root}(chat|client)/`, folder],
    stderr: "inherit",
  }).output();
  if (!success) return false;
  const files = readLcov(new TextDecoder().decode(stdout), root);
  let enough = true;
  print("\nLines of the delivery core that the tests ran:");
  for (const [name, part] of Object.entries(PARTS)) {
    const { found, hit, missed } = linesOf(part, files);
    // A part that was renamed would otherwise be one that has nothing to miss.
    const absent = part.filter((path) => ![...files.keys()].some((file) => file.startsWith(path)));
    const percent = found === 0 ? 0 : 100 * hit / found;
    print(`  ${name.padEnd(9)} ${percent.toFixed(1).padStart(5)} %  ${hit} of ${found}`);
    if (percent >= MARK && absent.length === 0) continue;
    enough = false;
    if (absent.length > 0) print(`    nothing was run of ${absent.join(", ")}`);
    print(`    below ${MARK} %; not run: ${missed.join(", ")}`);
  }
  return enough;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) throw new Error("usage: coverage_report.ts FOLDER");
  if (!await report(folder)) Deno.exit(1);
}
