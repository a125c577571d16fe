import assert from "node:assert/strict";
import fc from "fast-check";
import { AppError } from "../../../lib/errors.ts";
import { contentSource } from "../../../lib/files/content_source.ts";

/** Objects that hold `bytes` between them, cut at these places, and a store that has them. */
function seedObjects(bytes: Uint8Array<ArrayBuffer>, cuts: readonly number[]) {
  const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])]
    .sort((one, other) => one - other);
  const objects = places.slice(0, -1).map((start, index) => ({
    id: String(index),
    start,
    size: (places[index + 1] ?? start) - start,
  }));
  const open = { count: 0, most: 0 };
  return {
    objects,
    open,
    store: {
      read: async function* (id: string, start: number, end: number) {
        const object = objects[Number(id)];
        assert.ok(object !== undefined && 0 <= start && start < end && end <= object.size);
        open.most = Math.max(open.most, ++open.count);
        try {
          for (let at = start; at < end; at += 3) {
            yield await Promise.resolve(
              bytes.slice(object.start + at, object.start + Math.min(end, at + 3)),
            );
          }
        } finally {
          open.count--;
        }
      },
    },
  };
}

async function gather(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<number[]> {
  const all: number[] = [];
  for await (const chunk of chunks) all.push(...chunk);
  return all;
}

Deno.test("contentSource gives any part of any objects, and reads one of them at a time", async () => {
  const cases = fc.record({
    bytes: fc.uint8Array({ maxLength: 60 }),
    cuts: fc.array(fc.nat(60), { maxLength: 8 }),
    start: fc.nat(60),
    length: fc.nat(60),
  });
  await fc.assert(fc.asyncProperty(cases, async ({ bytes, cuts, start, length }) => {
    const { objects, store, open } = seedObjects(bytes, cuts);
    const from = Math.min(start, bytes.length);
    const to = Math.min(from + length, bytes.length);
    const source = contentSource(store, objects, bytes.length);
    assert.deepEqual(await gather(source.read(from, to)), [...bytes.slice(from, to)]);
    // Those that hold nothing of it need not be there.
    const some = objects.filter((one) => one.start < to && one.start + one.size > from);
    const part = contentSource(store, some, bytes.length);
    assert.deepEqual(await gather(part.read(from, to)), [...bytes.slice(from, to)]);
    assert.ok(open.most <= 1 && open.count === 0);
  }));
});

Deno.test("contentSource takes nothing for what is missing", async () => {
  const { objects, store } = seedObjects(new Uint8Array(30), [10, 20]);
  for (const missing of [0, 1, 2]) {
    const source = contentSource(store, objects.toSpliced(missing, 1), 30);
    await assert.rejects(
      gather(source.read(0, 30)),
      (error) => error instanceof AppError && error.code === "unavailable",
    );
  }
});

Deno.test("contentSource lets go of what it has open when nobody reads on", async () => {
  const { objects, store, open } = seedObjects(new Uint8Array(30), [10, 20]);
  for await (const _chunk of contentSource(store, objects, 30).read(0, 30)) break;
  assert.deepEqual([open.most, open.count], [1, 0]);
});
