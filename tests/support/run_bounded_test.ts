import assert from "node:assert/strict";
import { runBounded } from "./run_bounded.ts";

const HERE = new URL("./", import.meta.url);

const run = (script: string, within: number) =>
  runBounded("bash", ["-c", script], { within, cwd: HERE, env: { WORD: "said" } });

function isAlive(pid: number): boolean {
  try {
    // A process that has ended and was not waited for is not alive either.
    return !Deno.readTextFileSync(`/proc/${pid}/stat`).includes(") Z ");
  } catch {
    return false;
  }
}

Deno.test("runBounded tells how a program ended, and what it wrote", async () => {
  assert.deepEqual(await run("echo $WORD; echo no >&2; exit 3", 10_000), {
    ...{ code: 3, signal: null, stdout: "said\n", stderr: "no\n", hung: false },
  });
});

Deno.test({
  name: "runBounded ends what does not end, with all that it has started",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // Both hold the streams.
    const { stdout, hung, signal } = await run("sleep 60 & echo $!; wait", 300);
    assert.deepEqual([hung, signal], [true, "SIGKILL"]);
    assert.equal(isAlive(Number(stdout)), false);
  },
});

Deno.test({
  name: "runBounded ends what a program leaves behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { stdout, hung, code } = await run("sleep 60 & echo $!", 10_000);
    assert.deepEqual([hung, code], [false, 0]);
    assert.equal(isAlive(Number(stdout)), false);
  },
});
