/** Who may do what over a WebSocket: each cell of docs/access.md. */
import assert from "node:assert/strict";
import { handlers } from "../../chat/handlers/mod.ts";
import { ClientFrames } from "../../lib/protocol/frames.ts";
import { type FrameAsk, outcomeOfFrame } from "./ask.ts";
import { frameCases } from "./cases/frames.ts";
import { type Cell, tryCells } from "./cells.ts";
import { readMatrix } from "./matrix.ts";
import { testOnStage } from "./stage.ts";
import { type Kind, KINDS } from "./world.ts";

const { frames } = await readMatrix();

/** Frames that only ask. */
const READ = new Set(["conversation.sync", "conversation.history", "presence.watch", "ping"]);

Deno.test("every frame has its rows in the matrix, and every row its way to be asked", () => {
  const rows = frames.map(({ name, what }) => `${name}: ${what}`);
  const cases = Object.entries(frameCases)
    .flatMap(([name, ways]) => Object.keys(ways).map((what) => `${name}: ${what}`));
  const named = new Set(frames.map(({ name }) => name));
  assert.deepEqual(named, new Set(Object.keys(handlers)));
  assert.deepEqual(named, new Set(Object.keys(ClientFrames)));
  assert.deepEqual(rows.toSorted(), cases.toSorted());
});

testOnStage(
  "by frames everybody may do what the matrix says, and what is refused has no effect",
  async (stage) => {
    const cells = frames.flatMap(({ name, what, cells }) =>
      KINDS.map((kind) => cellOf(name, what, kind, cells[kind]))
    );
    const problems = await tryCells(stage, cells, async (cell, world) => {
      const { kind, name, row } = cell as NamedCell;
      const frame = { type: name, ...row.ask(world, kind) };
      const answer = await stage.socket(kind).ask(frame);
      const outcome = outcomeOfFrame(answer);
      if (outcome !== "ok" || row.shows === undefined) return outcome;
      return `${outcome} ${row.shows(JSON.parse(answer), world)}`;
    });
    assert.deepEqual(problems, []);
  },
);

type NamedCell = Cell<FrameAsk> & { name: string };

function cellOf(name: string, what: string, kind: Kind, expected: string): NamedCell {
  const row = frameCases[name]?.[what];
  if (row === undefined) throw new Error(`nobody knows how to ask ${name}: ${what}`);
  return { name, title: `${name} ${what}`, row, kind, expected, reads: READ.has(name) };
}
