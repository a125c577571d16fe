/** Whatever is sent: it is taken or refused in words of ours, and read a bounded number of times. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { AppError } from "../../../../lib/errors.ts";
import { inspect } from "../../../../lib/files/content/inspect.ts";
import { heif } from "../../../support/boxes.ts";
import { allOf, type Bytes, joined, sourceOf } from "../../../support/byte_sources.ts";
import {
  exif,
  gif,
  gifExtension,
  JPEG,
  png,
  WEBP,
  withChunks,
  withSegments,
} from "../../../support/pictures.ts";
import { zip } from "../../../support/zips.ts";

const RUNS = 150;

const WHOLE: Readonly<Record<string, Bytes>> = {
  jpeg: withSegments(JPEG, { type: "e1", body: joined("Exif\0\0", exif(6)) }),
  png: png(16, 8, [{ type: "eXIf", body: exif(6) }, { type: "tEXt", body: joined("a\0b") }]),
  gif: gif(16, 8, [gifExtension(0xff, "NETSCAPE2.0", [1, 0, 0]), gifExtension(0xfe, "a")], 2),
  webp: withChunks(WEBP, 0x0c, { type: "EXIF", body: exif(6) }),
  heif: heif({ brand: "avif", size: [16, 8], inList: true }),
  tiff: exif(6),
  svg: joined('<svg xmlns="http://www.w3.org/2000/svg"><style>a{fill:url(#b)}</style></svg>'),
  zip: zip([{ name: "a.txt", bytes: joined("hello") }, { name: "b.zip", bytes: [1] }]),
};

type Change = { at: number; kind: "set" | "cut" | "insert" | "end"; bytes: Uint8Array };

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom("set", "set", "set", "cut", "insert", "end"),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(0, 255).map((byte) => new Uint8Array(4).fill(byte)),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutated(whole: Bytes, list: Change[]): Bytes {
  let bytes = whole;
  for (const { at: anywhere, kind, bytes: other } of list) {
    const at = anywhere % (bytes.length + 1);
    if (kind === "end") bytes = bytes.slice(0, at);
    else {
      const from = kind === "insert" ? at : at + other.length;
      bytes = joined(bytes.subarray(0, at), kind === "cut" ? [] : other, bytes.subarray(from));
    }
  }
  return bytes;
}

for (const [kind, whole] of Object.entries(WHOLE)) {
  Deno.test(`inspect takes or refuses whatever becomes of a ${kind} by chance`, async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const bytes = mutated(whole, list);
        const source = sourceOf(bytes);
        try {
          const { type, kept, width = 1, height = 1 } = await inspect(source, { name: "file" });
          assert.match(type, /^[a-z]+\/[\w.+-]+$/);
          assert.ok(width > 0 && height > 0 && width * height <= 100_000_000);
          if (kept !== undefined) assert.equal((await allOf(kept.bytes())).length, kept.size);
          taken++;
        } catch (error) {
          assert.ok(error instanceof AppError, String(error));
          assert.match(error.code, /^(unsupported|too-large)$/);
        }
        assert.ok(source.readings < 60, `${source.readings} readings of ${bytes.length} bytes`);
      }),
      { numRuns: RUNS },
    );
    assert.ok(taken > 0);
  });
}

Deno.test("what inspect keeps of a picture, it keeps as it is the next time", async () => {
  const kinds = ["jpeg", "png", "gif", "webp", "heif"].map((kind) => WHOLE[kind] ?? JPEG);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), changes, async (whole, list) => {
      const once = await inspect(sourceOf(mutated(whole, list)), { name: "file" })
        .catch(() => undefined);
      if (once?.kept === undefined || once.width === undefined) return;
      const twice = await inspect(sourceOf(await allOf(once.kept.bytes())), { name: "file" });
      assert.equal(twice.kept, undefined);
      assert.deepEqual([twice.width, twice.height], [once.width, once.height]);
    }),
    { numRuns: 4 * RUNS },
  );
});
