/** What is installed is what was looked at. */
import assert from "node:assert/strict";
import project from "../deno.json" with { type: "json" };

Deno.test("every package is pinned, and the lockfile is frozen", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("../deno.lock", import.meta.url)));
  for (const [name, specifier] of Object.entries(project.imports)) {
    const version = /^npm:(?:@[\w.-]+\/)?[\w.-]+@(\d+\.\d+\.\d+)$/.exec(specifier)?.[1];
    assert.ok(version !== undefined, `${name} is ${specifier}, not one version`);
    const locked: string = lock.specifiers[specifier];
    assert.ok(locked?.startsWith(version), `${name} is not locked`);
  }
  for (const [name, { integrity }] of Object.entries<{ integrity?: string }>(lock.npm)) {
    assert.match(integrity ?? "", /^sha512-/, `${name} may become anything`);
  }
  assert.equal(project.lock.frozen, true);
});
