/** A folder that is full, gone or nobody's to write, and a process that is killed in the middle. */
import assert from "node:assert/strict";
import { StartError } from "../../../lib/errors.ts";
import { openDiskStore } from "../../../lib/files/disk_store.ts";
import { newId } from "../../../lib/ids.ts";
import { put, readAll, someBytes, unavailable } from "../../contract/object_store_contract.ts";
import { createFakeLog } from "../../support/fake_services.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "parley-files-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file below, with its mode. */
async function* filesIn(folder: string): AsyncGenerator<{ name: string; mode: number }> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const { mode } = await Deno.stat(path);
    yield { name, mode: (mode ?? 0) & 0o777 };
    if (isDirectory) yield* filesIn(path);
  }
}

Deno.test("openDiskStore keeps objects from the machine's other users", () =>
  withFolder(async (folder) => {
    await Deno.chmod(folder, 0o755);
    await using store = await openDiskStore(folder, createFakeLog());
    const id = await put(store, [someBytes(10)]);
    assert.deepEqual(await Array.fromAsync(filesIn(folder)), [
      { name: id.slice(-2), mode: 0o700 },
      { name: id, mode: 0o600 },
    ]);
    const modeOf = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;
    // Who made this one may have others in it.
    assert.equal(await modeOf(folder), 0o755);
    await using _made = await openDiskStore(`${folder}/of/parley`, createFakeLog());
    assert.deepEqual([await modeOf(`${folder}/of`), await modeOf(`${folder}/of/parley`)], [
      0o700,
      0o700,
    ]);
  }));

Deno.test("openDiskStore does not start where it cannot write", () =>
  withFolder(async (folder) => {
    // Below a file: the tests may run as root, who may write anywhere else.
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(openDiskStore(`${folder}/file/files`, createFakeLog()), (error) => {
      assert.ok(error instanceof StartError, String(error));
      assert.match(error.message, /^the folder of files .+\/file\/files cannot be written: /);
      return true;
    });
  }));

Deno.test("openDiskStore says that its folder is gone, and goes on once it is back", () =>
  withFolder(async (folder) => {
    const [directory, log] = [`${folder}/files`, createFakeLog()];
    await using store = await openDiskStore(directory, log);
    const id = await put(store, [someBytes(10)]);
    await Deno.rename(directory, `${folder}/away`);
    await Deno.writeTextFile(directory, "in its place");
    await assert.rejects(store.create(newId()), unavailable);
    await assert.rejects(readAll(store, id, 0, 10), unavailable);
    await assert.rejects(store.remove(id), unavailable);
    await assert.rejects(store.check());
    assert.equal(log.lines.length, 3);
    assert.ok(log.lines.every((line) => line.startsWith("files.failed ")), log.lines.join("\n"));
    await Deno.remove(directory);
    await Deno.rename(`${folder}/away`, directory);
    await store.check();
    assert.deepEqual(await readAll(store, id, 0, 10), someBytes(10));
    await put(store, [someBytes(10)]);
  }));

/** A file system of 1 MiB; undefined where this process may not make one. */
async function makeSmallDisk(folder: string): Promise<AsyncDisposable | undefined> {
  const run = async (program: string, args: string[]) => {
    const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  };
  if (!await run("mount", ["-t", "tmpfs", "-o", "size=1m", "parley-test", folder])) {
    return undefined;
  }
  return { [Symbol.asyncDispose]: async () => void await run("umount", [folder]) };
}

const mayMount = await (async () => {
  const folder = await Deno.makeTempDir({ prefix: "parley-files-" });
  const disk = await makeSmallDisk(folder);
  await disk?.[Symbol.asyncDispose]();
  await Deno.remove(folder);
  return disk !== undefined;
})();

Deno.test({
  name: "openDiskStore says that the disk is full, and leaves nothing of what did not fit",
  ignore: !mayMount,
  fn: () =>
    withFolder(async (folder) => {
      await using _disk = await makeSmallDisk(folder);
      await using store = await openDiskStore(folder, createFakeLog());
      const kept = await put(store, [someBytes(100_000)]);
      const writer = await store.create(newId());
      await assert.rejects(
        async () => {
          for (let n = 0; n < 20; n++) await writer.write(someBytes(100_000));
        },
        { code: "unavailable", message: "the server has no room left for files" },
      );
      await assert.rejects(store.check());
      await writer.abandon();
      await store.check();
      assert.deepEqual(await readAll(store, kept, 0, 100_000), someBytes(100_000));
      await put(store, [someBytes(800_000)]);
    }),
});

const WRITER = `
import { openDiskStore } from ${
  JSON.stringify(import.meta.resolve("../../../lib/files/disk_store.ts"))
};
const [directory, id, last] = Deno.args;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const store = await openDiskStore(directory, log);
const writer = await store.create(id);
await writer.write(new Uint8Array(500_000).fill(7));
if (last === "finish") await writer.finish();
console.log("so far");
setInterval(() => {}, 1_000);
`;

/** A process that writes to an object, and is killed once it has. */
async function killAfter(directory: string, id: string, last: "write" | "finish"): Promise<void> {
  const script = `${directory}.writer.ts`;
  await Deno.writeTextFile(script, WRITER);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", script, directory, id, last],
    cwd: new URL("../../../", import.meta.url),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  // It says so, or it has ended.
  for await (const _ of process.stdout) {
    process.kill("SIGKILL");
    break;
  }
  await process.status;
}

Deno.test("openDiskStore has nothing of an object whose writer was killed, and all of a finished one", () =>
  withFolder(async (folder) => {
    const directory = `${folder}/files`;
    const [unfinished, finished] = [newId(), newId()];
    await killAfter(directory, unfinished, "write");
    await killAfter(directory, finished, "finish");
    await using store = await openDiskStore(directory, createFakeLog());
    await assert.rejects(readAll(store, unfinished, 0, 1), unavailable);
    const left = (await Array.fromAsync(filesIn(directory))).map(({ name }) => name);
    assert.ok(left.includes(`${unfinished}.unfinished`), "it was in the middle");
    await store.remove(unfinished);
    const now = (await Array.fromAsync(filesIn(directory))).map(({ name }) => name);
    assert.deepEqual(now.filter((name) => name.length > 2), [finished]);
    const bytes = new Uint8Array(500_000).fill(7);
    assert.deepEqual(await readAll(store, finished, 0, bytes.length), bytes);
  }));
