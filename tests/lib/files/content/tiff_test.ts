import assert from "node:assert/strict";
import { inspect } from "../../../../lib/files/content/inspect.ts";
import { allOf, type Bytes, occurrences, sourceOf } from "../../../support/byte_sources.ts";
import { exif } from "../../../support/pictures.ts";

async function look(bytes: Bytes) {
  const { type, kept } = await inspect(sourceOf(bytes), { name: "scan.tif" });
  return { type, kept, left: kept === undefined ? bytes : await allOf(kept.bytes()) };
}

Deno.test("inspect makes zeros of who and where in a TIFF, and leaves the rest where it is", async () => {
  const bytes = exif(6);
  const { type, kept, left } = await look(bytes);
  assert.equal(type, "image/tiff");
  assert.ok(kept);
  assert.equal(left.length, bytes.length);
  assert.equal(occurrences(bytes, "Secret"), 2);
  assert.equal(occurrences(left, "Secret"), 0);
  assert.deepEqual(left.subarray(0, 22), bytes.subarray(0, 22));
  assert.equal((await look(left)).kept, undefined);
});

Deno.test("inspect takes a TIFF whose lists lead nowhere, or to one another", async () => {
  const around = exif(1);
  around.set([8, 0, 0, 0], 46);
  assert.equal(occurrences((await look(around)).left, "Secret Name"), 0);
  for (let length = 12; length < 90; length++) await look(exif(1).slice(0, length));
});
