import type { JSX } from "preact";
import { encode } from "uqr";

/** Modules of white around it: readers find it by them. */
const QUIET = 4;

/** Black on white in every theme: not every reader knows a code with its colours turned round. */
export function QrCode({ text, label }: { text: string; label: string }): JSX.Element {
  const { data, size } = encode(text, { border: 0 });
  const runs = data.flatMap((row, y) => darkRuns(row).map(([x, length]) => `M${x} ${y}h${length}`));
  const side = size + 2 * QUIET;
  return (
    <svg
      class="qr"
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET - 0.5} ${side} ${side}`}
      shapeRendering="crispEdges"
      data-testid="qr-code"
    >
      <rect class="qr-paper" x={-QUIET} y={-QUIET - 0.5} width={side} height={side} />
      <path class="qr-ink" d={runs.join("")} />
    </svg>
  );
}

/** Where dark modules begin in a row, and how many there are. */
function darkRuns(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  row.forEach((dark, x) => {
    const last = runs.at(-1);
    if (!dark) return;
    if (last !== undefined && last[0] + last[1] === x) last[1]++;
    else runs.push([x, 1]);
  });
  return runs;
}
