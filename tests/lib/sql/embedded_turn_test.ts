import assert from "node:assert/strict";
import { createTurn, type Kind } from "../../../lib/sql/embedded_turn.ts";

type Waiting = { kind: Kind; name: string };

/** Lets everyone of `arrivals` take a turn, and gives the order in which they got it. */
async function order(arrivals: readonly Waiting[]): Promise<string[]> {
  const turn = createTurn();
  const got: string[] = [];
  await Promise.all(arrivals.map(async ({ kind, name }) => {
    await turn.take(kind);
    got.push(name);
    await Promise.resolve();
    turn.pass();
  }));
  return got;
}

const readers = (count: number): Waiting[] =>
  Array.from({ length: count }, (_, index) => ({ kind: "other", name: `reader ${index}` }));

Deno.test("createTurn lets an append pass the backlog of readers", async () => {
  const got = await order([...readers(500), { kind: "append", name: "append" }]);
  assert.equal(got.indexOf("append"), 1, "after the turn that was under way");
});

Deno.test("createTurn lets a lane that comes back wait for one turn at most", async () => {
  const turn = createTurn();
  let others = 0;
  const reading = readers(300).map(async () => {
    await turn.take("other");
    others++;
    await Promise.resolve();
    turn.pass();
  });
  for (let append = 0; append < 100; append++) {
    const before = others;
    await turn.take("append");
    assert.ok(others - before <= 1, `append ${append} waited for ${others - before} turns`);
    turn.pass();
    await Promise.resolve();
  }
  await Promise.all(reading);
});

Deno.test("createTurn gives readers every second turn, however many appends there are", async () => {
  const appends = Array.from({ length: 50 }, (_, index): Waiting => (
    { kind: "append", name: `append ${index}` }
  ));
  const got = await order([...appends, ...readers(20)]);
  const expected = [...readers(20)].flatMap(({ name }, index) => [`append ${index}`, name]);
  assert.deepEqual(got.slice(0, 40), expected);
  assert.equal(got.length, 70);
});

Deno.test("createTurn keeps the order of arrival within a kind", async () => {
  const all = readers(10);
  assert.deepEqual(await order(all), all.map(({ name }) => name));
});

Deno.test("createTurn has each turn passed once", () => {
  assert.throws(() => createTurn().pass(), /whoever has it/);
});
