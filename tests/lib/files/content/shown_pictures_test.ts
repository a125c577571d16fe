/// <reference lib="dom" />
/** What is kept of a picture is what a browser shows of what came. */
import assert from "node:assert/strict";
import { inspect } from "../../../../lib/files/content/inspect.ts";
import { allOf, type Bytes, joined, sourceOf } from "../../../support/byte_sources.ts";
import { blankPageTest } from "../../../support/browser.ts";
import {
  exif,
  gif,
  gifExtension,
  JPEG,
  png,
  WEBP,
  WEBP_LOSSLESS,
  withChunks,
  withSegments,
} from "../../../support/pictures.ts";

type Shown = { width: number; height: number; pixels: number[] };

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];
const PICTURES: readonly (readonly [string, Bytes])[] = [
  ...ORIENTATIONS.flatMap((orientation): [string, Bytes][] => [
    ["jpeg", withSegments(JPEG, { type: "e1", body: joined("Exif\0\0", exif(orientation)) })],
    ["png", png(16, 8, [{ type: "eXIf", body: exif(orientation) }])],
    ["webp", withChunks(WEBP, 0x08, { type: "EXIF", body: exif(orientation) })],
    ["webp", withChunks(WEBP_LOSSLESS, 0x08, { type: "EXIF", body: exif(orientation) })],
  ]),
  ["gif", gif(16, 8, [gifExtension(0xfe, "made by a test")])],
];

blankPageTest(
  "what inspect keeps of a picture looks like what came, and is as large as it says",
  async (page) => {
    const look = (bytes: Bytes, format: string): Promise<Shown> =>
      page.evaluate(async ([base64, type]) => {
        const image = new Image();
        image.src = `data:${type};base64,${base64}`;
        await image.decode();
        const { naturalWidth: width, naturalHeight: height } = image;
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext("2d");
        context?.drawImage(image, 0, 0);
        return {
          width,
          height,
          pixels: [...context?.getImageData(0, 0, width, height).data ?? []],
        };
      }, [bytes.toBase64(), `image/${format}`] as const);
    for (const [format, bytes] of PICTURES) {
      const { width, height, kept } = await inspect(sourceOf(bytes), { name: "file" });
      assert.ok(kept, format);
      const before = await look(bytes, format);
      const after = await look(await allOf(kept.bytes()), format);
      assert.deepEqual(after, before, format);
      assert.deepEqual([after.width, after.height], [width, height], format);
      const blue = after.pixels.filter((_, n) => n % 4 === 2);
      assert.ok(Math.max(...blue) > 200 && Math.min(...blue) < 50, `${format}: ${blue}`);
    }
  },
);
