/** Draws the two figures that everything else is about: how much a second, and what one costs. */
import type { Row } from "./report.ts";

const BAR = 16;
const GAP = 10;
const LEFT = 250;
const WIDTH = 860;

type Bar = { label: string; value: number; own: boolean };
type Group = { title: string; format: (value: number) => string; bars: Bar[] };

export function drawChart(rows: readonly Row[]): string {
  const groups = ["W4", "W3"].flatMap((scenario) => groupsOf(scenario, rows));
  let y = 10;
  const parts = groups.flatMap(({ title, format, bars }) => {
    const highest = Math.max(...bars.map(({ value }) => value));
    y += 28;
    const drawn = [text(0, y - 8, title, "title")];
    for (const { label, value, own } of bars) {
      const width = Math.max(1, (WIDTH - LEFT - 110) * value / highest);
      drawn.push(
        text(LEFT - 10, y + BAR - 4, label, "label"),
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" class="${
          own ? "own" : "other"
        }"/>`,
        text(LEFT + width + 6, y + BAR - 4, format(value), "value"),
      );
      y += BAR + GAP;
    }
    return drawn;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 6}" ` +
    `font-family="system-ui, sans-serif" font-size="13" role="img" ` +
    `aria-label="Messages a second and CPU time each, of Parley and of bare relays">
<style>
.own { fill: #2f6f4f } .other { fill: #b9b4a8 }
text { fill: #2b2a27 } .title { font-weight: 600 } .label { text-anchor: end } .value { fill: #6b675e }
@media (prefers-color-scheme: dark) {
  text { fill: #e8e4da } .value { fill: #a8a397 } .own { fill: #6fbf94 } .other { fill: #5d594f }
}
</style>
${parts.join("\n")}
</svg>
`;
}

function groupsOf(scenario: string, rows: readonly Row[]): Group[] {
  const own = rows.filter((row) => row.scenario === scenario);
  if (own.length === 0) return [];
  const bars = (pick: (row: Row) => number) =>
    own.map((row): Bar => ({
      label: row.database === "none" ? row.system : `${row.system}, ${row.database}`,
      value: pick(row),
      own: row.system === "Parley",
    }));
  const what = scenario === "W3"
    ? "deliveries in a group of 1,000"
    : "one-to-one messages, saturated";
  return [
    {
      title: `${scenario}: ${what}, a second`,
      format: (value) => Math.round(value).toLocaleString("en"),
      bars: bars(({ median }) => median.perSecond),
    },
    {
      title: `${scenario}: CPU of server and database, µs each`,
      format: (value) => value.toFixed(1),
      bars: bars(({ median }) => median.serverCpu + median.databaseCpu),
    },
  ];
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text x="${x.toFixed(0)}" y="${y}" class="${kind}">${content}</text>`;
}
