/** Small pictures in every format, as cameras and programs write them, and with what they add. */
import { crc32, deflateSync } from "node:zlib";
import { type Bytes, int, joined } from "./byte_sources.ts";

/** 16 × 8 pixels, red with a blue corner at its upper left: by Chromium's own encoders. */
export const JPEG = Uint8Array.fromBase64([
  "/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAA",
  "AAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAA",
  "ABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVj",
  "AAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAAB",
  "jaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AA",
  "AApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxAD",
  "b/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/",
  "2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wA",
  "ARCAAIABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAQG/8QAFxABAAMAAAAAAAAAAAAAAAAAABRjov/EABUB",
  "AQEAAAAAAAAAAAAAAAAAAAQG/8QAHhEAAQMEAwAAAAAAAAAAAAAAEQADBAECE8EhMXH/2gAMAwEAAhEDEQA/AMzBsysAWT",
  "MfkjLcR1xTSs2IjMc4qA+7X//Z",
].join(""));
export const WEBP = Uint8Array.fromBase64([
  "UklGRiwCAABXRUJQVlA4WAoAAAAgAAAADwAABwAASUNDUMgBAAAAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAA",
  "AAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAA",
  "ABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVj",
  "AAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAAB",
  "jaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AA",
  "AApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxAD",
  "ZWUDggPgAAAPABAJ0BKhAACAACwEwlqAJ0ugAC/b7wgAD++EppV/Oz/8Qmqf4v+eE11N/+Ccf94TP6N//bQ//Wh/0oAAAA",
].join(""));
export const WEBP_LOSSLESS = Uint8Array.fromBase64([
  "UklGRgwCAABXRUJQVlA4WAoAAAAwAAAADwAABwAASUNDUMgBAAAAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAA",
  "AAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAA",
  "ABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVj",
  "AAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAAB",
  "jaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AA",
  "AApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxAD",
  "ZWUDhMHQAAAC8PwAEQDxD7P///A4wKCtq2YcyfdLsDIqL/ER8AAA==",
].join(""));

export type Part = { type: string; body: ArrayLike<number> };

/** Truecolour: red with a blue corner, unless that would be more than a test should hold. */
export function png(width = 16, height = 8, added: Part[] = []): Bytes {
  const size = [...int(width, 4), ...int(height, 4), 8, 2, 0, 0, 0];
  const rows = width * height > 1_000_000 ? new Uint8Array(1) : pixelRows(width, height);
  return joined(
    "",
    [0x89],
    "PNG\r\n\x1a\n",
    pngChunk("IHDR", size),
    ...added.map(({ type, body }) => pngChunk(type, body)),
    pngChunk("IDAT", deflateSync(rows)),
    pngChunk("IEND", []),
  );
}

function pixelRows(width: number, height: number): Bytes {
  return joined(...Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from(
      { length: width },
      (_, x) => isCorner(x / width, y / height) ? [0, 0, 255] : [255, 0, 0],
    ).flat(),
  ]));
}

function isCorner(x: number, y: number): boolean {
  return x < 0.5 && y < 0.5;
}

export function pngChunk(type: string, body: ArrayLike<number>): Bytes {
  const named = joined(type, body);
  return joined(int(body.length, 4), named, int(crc32(named), 4));
}

/** In the format's own coding, without making it any smaller: a code of 3 bits for every pixel. */
export function gif(width = 16, height = 8, added: ArrayLike<number>[] = [], frames = 1): Bytes {
  const palette = [255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0];
  return joined(
    "GIF89a",
    int(width, 2, "little"),
    int(height, 2, "little"),
    [0x91, 0, 0],
    palette,
    ...added,
    ...Array.from({ length: frames }, () => gifFrame(width, height)),
    [0x3b],
  );
}

function gifFrame(width: number, height: number): Bytes {
  const small = width * height <= 1_000_000;
  const codes: number[] = [];
  for (let n = 0; small && n < width * height; n++) {
    // Starting over before the code grows longer.
    if (n % 2 === 0) codes.push(4);
    codes.push(isCorner((n % width) / width, Math.floor(n / width) / height) ? 1 : 0);
  }
  codes.push(5);
  const bits = codes.map((code) => [code & 1, code >> 1 & 1, code >> 2]).flat();
  const bytes = Array.from(
    { length: Math.ceil(bits.length / 8) },
    (_, n) => bits.slice(n * 8, n * 8 + 8).reduce((byte, bit, place) => byte | bit << place, 0),
  );
  const blocks = Array.from({ length: Math.ceil(bytes.length / 255) }, (_, n) => {
    const block = bytes.slice(n * 255, n * 255 + 255);
    return [block.length, ...block];
  });
  return joined(
    [0x2c, 0, 0, 0, 0],
    int(width, 2, "little"),
    int(height, 2, "little"),
    [0, 2],
    ...blocks,
    [0],
  );
}

/** An extension block, its words in one piece. */
export function gifExtension(label: number, ...words: (string | ArrayLike<number>)[]): Bytes {
  return joined([0x21, label], ...words.map((word) => joined([word.length], word)), [0]);
}

/** After the first two bytes, where cameras put theirs. */
export function withSegments(jpeg: Bytes, ...segments: Part[]): Bytes {
  const added = segments.map(({ type, body }) =>
    joined([0xff, parseInt(type, 16)], int(body.length + 2, 2), body)
  );
  return joined(jpeg.subarray(0, 2), ...added, jpeg.subarray(2));
}

/** At the end, with the list in the first chunk that says that they are there. */
export function withChunks(webp: Bytes, flags: number, ...chunks: Part[]): Bytes {
  const added = chunks.map(({ type, body }) =>
    joined(type, int(body.length, 4, "little"), body, body.length % 2 === 0 ? [] : [0])
  );
  const whole = joined(webp, ...added);
  whole.set(int(whole.length - 8, 4, "little"), 4);
  whole[20] = (whole[20] ?? 0) | flags;
  return whole;
}

/** TIFF's structure with which way up the picture is, who made it, and where. */
export function exif(orientation: number): Bytes {
  const artist = joined("Secret Name\0");
  const entries = [
    joined(
      int(0x0112, 2, "little"),
      int(3, 2, "little"),
      int(1, 4, "little"),
      int(orientation, 4, "little"),
    ),
    joined(
      int(0x013b, 2, "little"),
      int(2, 2, "little"),
      int(artist.length, 4, "little"),
      int(50, 4, "little"),
    ),
    joined(
      int(0x8825, 2, "little"),
      int(4, 2, "little"),
      int(1, 4, "little"),
      int(62, 4, "little"),
    ),
  ];
  const place = joined(
    int(1, 2, "little"),
    int(2, 2, "little"),
    int(2, 2, "little"),
    int(23, 4, "little"),
    int(80, 4, "little"),
    int(0, 4, "little"),
    "Secret place, 52.5200 N",
  );
  return joined(
    "II*\0",
    int(8, 4, "little"),
    int(3, 2, "little"),
    ...entries,
    int(0, 4),
    artist,
    place,
  );
}
