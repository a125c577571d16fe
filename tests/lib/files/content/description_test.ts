import assert from "node:assert/strict";
import { rgbaToThumbHash, thumbHashToApproximateAspectRatio } from "thumbhash";
import { AppError } from "../../../../lib/errors.ts";
import { checkDescription } from "../../../../lib/files/content/description.ts";
import { placeholderProblem } from "../../../../lib/files/content/placeholder.ts";
import { joined, occurrences } from "../../../support/byte_sources.ts";
import { exif, gif, JPEG, png, WEBP, withSegments } from "../../../support/pictures.ts";

const PHOTO = { type: "image/jpeg", width: 1600, height: 800 };
const VOICE = { type: "audio/webm" };

/** Of nothing but one colour, and with a transparent corner if asked for. */
function thumbHash(width: number, height: number, transparent = false): Uint8Array<ArrayBuffer> {
  const rgba = new Uint8Array(width * height * 4).map((_, n) => n % 7 * 36);
  for (let n = 3; n < rgba.length; n += 4) rgba[n] = 255;
  if (transparent) rgba[3] = 0;
  return new Uint8Array(rgbaToThumbHash(width, height, rgba));
}

const refused = (path: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError && error.code === "invalid", String(error));
  assert.equal(error.errors?.[0]?.path, path);
  assert.match(error.errors[0].message, message);
  return true;
};

Deno.test("checkDescription takes a small picture of the same shape, without its metadata", async () => {
  const sent = withSegments(JPEG, { type: "e1", body: joined("Exif\0\0", exif(1)) });
  const { thumbnail } = await checkDescription(PHOTO, { thumbnail: sent.toBase64() });
  assert.deepEqual([thumbnail?.type, thumbnail?.width, thumbnail?.height], ["image/jpeg", 16, 8]);
  assert.equal(occurrences(thumbnail?.bytes ?? sent, "Secret"), 0);
  for (const bytes of [png(), WEBP]) {
    const described = await checkDescription(PHOTO, { thumbnail: bytes.toBase64() });
    assert.deepEqual(described.thumbnail?.bytes, bytes);
  }
});

Deno.test("checkDescription takes a small picture that is rounded to a pixel, or of who knows what shape", async () => {
  const long = { type: "image/png", width: 10_000, height: 30 };
  const { thumbnail } = await checkDescription(long, { thumbnail: png(640, 2).toBase64() });
  assert.equal(thumbnail?.height, 2);
  await checkDescription({ type: "video/quicktime" }, { thumbnail: WEBP.toBase64() });
  await checkDescription({ ...PHOTO, width: 1590 }, { thumbnail: WEBP.toBase64() });
});

const WRONG_THUMBNAILS = {
  "of another shape": [png(8, 16), /same shape/],
  "that is too large": [png(641, 320), /at most 640 pixels/],
  "of too many bytes": [joined(png(), new Uint8Array(64 * 1024)), /at most 65536 bytes/],
  "that is a GIF": [gif(), /WebP, JPEG or PNG/],
  "that is no picture": [joined("<svg onload='alert(1)'/>"), /WebP, JPEG or PNG/],
} as const;
for (const [what, [bytes, message]] of Object.entries(WRONG_THUMBNAILS)) {
  Deno.test(`checkDescription refuses a small picture ${what}`, async () => {
    const asked = checkDescription(PHOTO, { thumbnail: bytes.toBase64() });
    await assert.rejects(asked, refused("thumbnail", message));
  });
}

Deno.test("checkDescription refuses a small picture that ends in the middle", async () => {
  const asked = checkDescription(PHOTO, { thumbnail: WEBP.subarray(0, 200).toBase64() });
  await assert.rejects(asked, /begins like a WebP picture and is none/);
});

Deno.test("placeholderProblem knows what the package makes, in every shape", () => {
  for (let width = 1; width <= 100; width += 9) {
    for (let height = 1; height <= 100; height += 11) {
      for (const transparent of [false, true]) {
        const hash = thumbHash(width, height, transparent);
        const size = { width: width * 37 + 3, height: height * 37 - 3 };
        assert.equal(placeholderProblem(hash, size), undefined, `${width} × ${height}`);
        assert.match(placeholderProblem(joined(hash, [0]), size) ?? "", /ThumbHash/);
        assert.match(placeholderProblem(hash.subarray(0, -1), size) ?? "", /ThumbHash/);
      }
    }
  }
});

Deno.test("placeholderProblem finds a placeholder of another shape", () => {
  const hash = thumbHash(100, 50);
  assert.ok(Math.abs(thumbHashToApproximateAspectRatio(hash) - 2) < 0.4);
  assert.match(placeholderProblem(hash, { width: 500, height: 1000 }) ?? "", /same shape/);
  assert.match(placeholderProblem(hash, { width: 800, height: 800 }) ?? "", /same shape/);
});

Deno.test("checkDescription lets nobody describe what a file does not have", async () => {
  const placeholder = thumbHash(20, 10).toBase64();
  const waveform = new Uint8Array(64).toBase64();
  assert.deepEqual(await checkDescription(PHOTO, { placeholder }), { placeholder });
  assert.deepEqual(await checkDescription(VOICE, { waveform, duration: 2.5 }), {
    waveform,
    duration: 2.5,
  });
  const text = { type: "text/plain" };
  for (
    const [content, said, path] of [
      [text, { thumbnail: WEBP.toBase64() }, "thumbnail"],
      [VOICE, { thumbnail: WEBP.toBase64() }, "thumbnail"],
      [text, { placeholder }, "placeholder"],
      [PHOTO, { placeholder: "aGVsbG8=" }, "placeholder"],
      [PHOTO, { waveform }, "waveform"],
      [VOICE, { waveform: new Uint8Array(257).toBase64() }, "waveform"],
      [VOICE, { waveform: "" }, "waveform"],
      [PHOTO, { duration: 3 }, "duration"],
    ] as const
  ) {
    await assert.rejects(checkDescription(content, said), refused(path, /^(is for|must)/), path);
  }
});

Deno.test("checkDescription leaves a duration out where the content says it", async () => {
  const song = { type: "audio/mpeg", duration: 180 };
  assert.deepEqual(await checkDescription(song, { duration: 3 }), {});
});
