/** What a store of objects does for whoever keeps bytes in it, wherever it keeps them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AppError } from "../../lib/errors.ts";
import { LARGEST_OBJECT, type ObjectStore } from "../../lib/files/object_store.ts";
import { newId } from "../../lib/ids.ts";
import type { Id } from "../../lib/protocol/model.ts";

export interface OpenedStore extends AsyncDisposable {
  readonly store: ObjectStore;
}

/** Registers the contract's tests for the kind `name`. */
export function testObjectStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  ignore = false,
): void {
  const test = (behaviour: string, run: (store: ObjectStore) => Promise<void>) =>
    Deno.test({
      name: `${name} ${behaviour}`,
      ignore,
      fn: async () => {
        await using opened = await open();
        await run(opened.store);
      },
    });

  test("gives back what was put in, whole and in ranges", async (store) => {
    const bytes = someBytes(LARGEST_OBJECT);
    const id = await put(store, [
      bytes.subarray(0, 1),
      bytes.subarray(1, 70_000),
      bytes.subarray(70_000),
    ]);
    sameBytes(await readAll(store, id, 0, bytes.length), bytes);
    for (
      const [start, end] of [[0, 1], [69_999, 70_001], [300_000, 900_000], [
        bytes.length - 1,
        bytes.length,
      ]] as const
    ) {
      sameBytes(
        await readAll(store, id, start, end),
        bytes.subarray(start, end),
        `${start}`,
      );
    }
    assert.deepEqual(await readAll(store, id, 5, 5), new Uint8Array());
    const other = await put(store, [someBytes(3)]);
    assert.deepEqual(await readAll(store, other, 0, 3), someBytes(3));
  });

  test("keeps an object without a byte", async (store) => {
    const id = await put(store, []);
    assert.deepEqual(await readAll(store, id, 0, 0), new Uint8Array());
    await store.remove(id);
  });

  test("lets nobody read what is not finished", async (store) => {
    const id = newId();
    const writer = await store.create(id);
    await writer.write(someBytes(100_000));
    await assert.rejects(readAll(store, id, 0, 1), unavailable);
    await writer.finish();
    assert.equal((await readAll(store, id, 0, 100_000)).length, 100_000);
  });

  test("has nothing of what was abandoned", async (store) => {
    const id = newId();
    const writer = await store.create(id);
    await writer.write(someBytes(100_000));
    await writer.abandon();
    await assert.rejects(readAll(store, id, 0, 1), unavailable);
  });

  test("removes what is there, what is not, and what is not finished", async (store) => {
    const id = await put(store, [someBytes(10)]);
    await store.remove(id);
    await assert.rejects(readAll(store, id, 0, 10), unavailable);
    await store.remove(id);
    await store.remove(newId());
    const unfinished = newId();
    const writer = await store.create(unfinished);
    await writer.write(someBytes(10));
    await store.remove(unfinished);
    await writer.abandon();
    await assert.rejects(readAll(store, unfinished, 0, 10), unavailable);
  });

  test("says so when an object is shorter than it was said to be", async (store) => {
    const id = await put(store, [someBytes(10)]);
    await assert.rejects(readAll(store, id, 0, 11), unavailable);
    await assert.rejects(readAll(store, id, 10, 11), unavailable);
  });

  test("lets go of an object that is not read to its end", async (store) => {
    const id = await put(store, [someBytes(LARGEST_OBJECT)]);
    for await (const chunk of store.read(id, 0, LARGEST_OBJECT)) {
      assert.ok(chunk.length > 0 && chunk.length < LARGEST_OBJECT);
      break;
    }
    await store.remove(id);
  });

  test("takes and gives several objects at a time", async (store) => {
    const sizes = [1, 70_000, 0, 300_000, 2_000_000];
    const ids = await Promise.all(sizes.map((size) => put(store, [someBytes(size)])));
    const read = await Promise.all(ids.map((id, n) => readAll(store, id, 0, sizes[n] ?? 0)));
    assert.deepEqual(read, sizes.map(someBytes));
  });

  test("can be written to, and says so", (store) => store.check());
}

/** The same for the same size, and nothing that repeats itself within a chunk. */
export function someBytes(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let n = 0, word = 1; n < words.length; n++) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
    words[n] = word;
  }
  return new Uint8Array(words.buffer, 0, size);
}

export async function put(
  store: ObjectStore,
  chunks: readonly Uint8Array<ArrayBuffer>[],
): Promise<Id> {
  const id = newId();
  const writer = await store.create(id);
  for (const chunk of chunks) await writer.write(chunk);
  await writer.finish();
  return id;
}

export async function readAll(
  store: ObjectStore,
  id: Id,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let at = 0;
  for await (const chunk of store.read(id, start, end)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  assert.equal(at, bytes.length);
  return bytes;
}

/** Without a picture of where two long ones differ, which takes seconds. */
export function sameBytes(found: Uint8Array, expected: Uint8Array, what = ""): void {
  assert.equal(hashOf(found), hashOf(expected), what);
}

function hashOf(bytes: Uint8Array): string {
  return `${bytes.length} bytes: ${createHash("sha256").update(bytes).digest("hex")}`;
}

export function unavailable(error: unknown): boolean {
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, "unavailable");
  // Where the bytes are is nobody's business.
  assert.doesNotMatch(error.message, /\/|\b127\.|os error/);
  return true;
}
