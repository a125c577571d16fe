/** Who may do what over HTTP: each cell of docs/access.md. */
import assert from "node:assert/strict";
import { readRoutes } from "../support/route_table.ts";
import { askRoute, nameOf, outcomeOfRoute, type RouteAsk } from "./ask.ts";
import { routeCases } from "./cases/routes.ts";
import { type Cell, tryCells } from "./cells.ts";
import { readMatrix } from "./matrix.ts";
import { type Stage, testOnStage } from "./stage.ts";
import { KINDS } from "./world.ts";

const { routes, alike } = await readMatrix();

Deno.test("every route has its rows in the matrix, and every row its way to be asked", () => {
  const served = new Set(readRoutes().map(nameOf));
  const rows = [...routes, ...alike].map(({ name, what }) => `${name}: ${what}`);
  const cases = Object.entries(routeCases)
    .flatMap(([name, ways]) => Object.keys(ways).map((what) => `${name}: ${what}`));
  assert.deepEqual(new Set([...routes, ...alike].map(({ name }) => name)), served);
  assert.deepEqual(rows.toSorted(), cases.toSorted());
});

testOnStage(
  "over HTTP everybody may do what the matrix says, and what is refused has no effect",
  async (stage) => {
    const people = routes.flatMap(({ name, what, cells }) =>
      KINDS.map((kind) => cellOf(name, what, kind, cells[kind]))
    );
    const own = alike.flatMap(({ name, what, signedIn }) =>
      KINDS.map((kind) => cellOf(name, what, kind, signedIn))
    );
    const problems = await tryCells(stage, [...people, ...own], async (cell, world) => {
      const { kind, name, row } = cell as NamedCell;
      const ask = row.ask(world, kind);
      const { token } = await credentialsFor(stage, ask, kind);
      const answer = await askRoute(stage.origin, name, ask, token);
      const outcome = outcomeOfRoute(answer);
      if (answer.status >= 400 || row.shows === undefined) return outcome;
      return `${outcome} ${row.shows(JSON.parse(answer.text), world)}`;
    });
    assert.deepEqual(problems, []);
  },
);

type NamedCell = Cell<RouteAsk> & { name: string };

function cellOf(name: string, what: string, kind: NamedCell["kind"], expected: string): NamedCell {
  const row = routeCases[name]?.[what];
  if (row === undefined) throw new Error(`nobody knows how to ask ${name}: ${what}`);
  return { name, title: `${name} ${what}`, row, kind, expected, reads: name.startsWith("GET ") };
}

async function credentialsFor(stage: Stage, ask: RouteAsk, kind: NamedCell["kind"]) {
  const who = ask.as ?? kind;
  return ask.usesUpSession ? await stage.otherSession(who) : stage.credentials(who);
}
