/**
 * Shows that a test can fail: takes a guard out of a copy of the code and expects the test to
 * notice.
 */
import assert from "node:assert/strict";

export type Guard = {
  file: string;
  /** The guard, and the code without it. */
  code: string;
  without: string;
};

const ROOT = new URL("../../", import.meta.url).pathname;
const COPIED = ["chat", "client", "lib", "routes", "status", "verify", "tests", "web/deno.json"];

/**
 * Runs the tests of `path` on a copy of the code without the guard.
 * @param run `options` are those of `deno test`; `args` are for the test itself
 * @returns what the tests printed
 */
export async function testWithout(
  { file, code, without }: Guard,
  run: {
    path: string;
    options?: readonly string[];
    args?: readonly string[];
  },
): Promise<string> {
  const { path, options = [], args = [] } = run;
  const copy = await Deno.makeTempDir({ prefix: "parley-guard-" });
  try {
    await copyTree(copy);
    const source = await Deno.readTextFile(`${copy}/${file}`);
    assert.equal(source.split(code).length, 2, `${file} has the guard once`);
    await Deno.writeTextFile(`${copy}/${file}`, source.replace(code, () => without));
    const { code: status, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", ...options, path, "--", ...args],
      cwd: copy,
      env: { NO_COLOR: "1" },
      stderr: "null",
      // A guard's absence should fail its test, not hang it.
      signal: AbortSignal.timeout(120_000),
    }).output();
    const output = new TextDecoder().decode(stdout);
    assert.notEqual(status, 0, `the tests still pass:\n${output}`);
    return output;
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

async function copyTree(to: string): Promise<void> {
  await Deno.mkdir(`${to}/web`);
  for (const path of COPIED) {
    const { success } = await new Deno.Command("cp", { args: ["-R", ROOT + path, `${to}/${path}`] })
      .output();
    assert.ok(success, `copied ${path}`);
  }
  for (const path of ["deno.json", "deno.lock", "main.ts", "server.ts"]) {
    await Deno.copyFile(ROOT + path, `${to}/${path}`);
  }
  await Deno.symlink(`${ROOT}node_modules`, `${to}/node_modules`);
}
