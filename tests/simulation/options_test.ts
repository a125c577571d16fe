import assert from "node:assert/strict";
import { replayCommand, simulationOptions } from "./options.ts";

Deno.test("replayCommand names the options that simulationOptions reads", () => {
  const command = replayCommand(-17, "47:0:1");
  const [, options = ""] = command.split(" -- ");
  assert.deepEqual(simulationOptions(options.split(" ")), {
    numRuns: 1,
    seed: -17,
    path: "47:0:1",
    shrink: true,
  });
});

Deno.test("simulationOptions gives everybody the same schedules, and new ones where asked", () => {
  const { seed, ...usual } = simulationOptions([]);
  assert.deepEqual(usual, { numRuns: 3_000, shrink: true });
  assert.deepEqual(simulationOptions(["--runs=9", "--shrink=no"]), {
    numRuns: 9,
    seed,
    shrink: false,
  });
  assert.notEqual(simulationOptions(["--seed=new"]).seed, seed);
});
