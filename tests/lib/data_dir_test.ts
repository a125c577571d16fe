import assert from "node:assert/strict";
import { openDataDir } from "../../lib/data_dir.ts";
import { StartError } from "../../lib/errors.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "parley-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function mode(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

Deno.test("openDataDir makes a folder, a lock and a secret that nobody else can read", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a/b`;
    using directory = await openDataDir(path, true);
    await directory.secret();
    assert.equal(await mode(path), 0o700);
    assert.equal(await mode(`${path}/lock`), 0o600);
    assert.equal(await mode(`${path}/secret`), 0o600);
    const names = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["lock", "secret"]);
  }));

Deno.test("openDataDir closes a folder to others that it finds open", () =>
  withFolder(async (folder) => {
    await Deno.chmod(folder, 0o755);
    using directory = await openDataDir(folder, true);
    assert.equal(await mode(directory.path), 0o700);
  }));

Deno.test("secret is 256 random bits, and the same at every start", () =>
  withFolder(async (folder) => {
    const secrets: string[] = [];
    for (let start = 0; start < 2; start++) {
      using directory = await openDataDir(folder, true);
      secrets.push(await directory.secret(), await directory.secret());
    }
    assert.match(secrets[0] ?? "", /^[0-9a-f]{64}$/);
    assert.equal(new Set(secrets).size, 1);
    using other = await openDataDir(`${folder}/other`, true);
    assert.notEqual(await other.secret(), secrets[0]);
  }));

Deno.test("secret takes the one that an operator put there, and refuses a damaged one", () =>
  withFolder(async (folder) => {
    using directory = await openDataDir(folder, true);
    const given = "a secret that somebody wrote by hand";
    await Deno.writeTextFile(`${folder}/secret`, `${given}\n`);
    assert.equal(await directory.secret(), given);
    for (const damaged of ["", "\n", "short"]) {
      await Deno.writeTextFile(`${folder}/secret`, damaged);
      await assert.rejects(directory.secret(), StartError);
      assert.equal(await Deno.readTextFile(`${folder}/secret`), damaged);
    }
  }));

Deno.test("secret is one for two servers that make it at the same moment", () =>
  withFolder(async (folder) => {
    using one = await openDataDir(folder, false);
    using other = await openDataDir(folder, false);
    const [first, second] = await Promise.all([one.secret(), other.secret()]);
    assert.equal(first, second);
  }));

Deno.test("openDataDir lets one server have a folder to itself", () =>
  withFolder(async (folder) => {
    {
      using first = await openDataDir(folder, true);
      assert.ok(first);
      for (const exclusive of [true, false]) {
        await assert.rejects(openDataDir(folder, exclusive), (error) => {
          assert.ok(error instanceof StartError);
          assert.match(error.message, /in use/);
          assert.ok(error.message.includes(folder));
          return true;
        });
      }
    }
    using again = await openDataDir(folder, true);
    assert.ok(again);
  }));

Deno.test("openDataDir lets servers share a folder that holds no database", () =>
  withFolder(async (folder) => {
    using one = await openDataDir(folder, false);
    using other = await openDataDir(folder, false);
    assert.equal(one.path, other.path);
    await assert.rejects(openDataDir(folder, true), StartError);
  }));

Deno.test("openDataDir says in one line that a folder cannot be written", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(openDataDir(`${folder}/file/data`, true), (error) => {
      assert.ok(error instanceof StartError);
      assert.ok(error.message.includes(`${folder}/file/data`));
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  }));
