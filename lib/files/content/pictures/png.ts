import { crc32 } from "node:zlib";
import type { ByteSource } from "../../byte_source.ts";
import { letters, uint32 } from "../integers.ts";
import { Pieces } from "../pieces.ts";
import { SourceReader } from "../source_reader.ts";
import { orientationAlone, orientationOf } from "./exif.ts";
import { broken, checkFrames, checkPixels, type Picture, shown, type Size } from "./picture.ts";

const MOST_CHUNKS = 500_000;
const MOST_EXIF = 1024 * 1024;

/** What decides how it looks. Everything else (texts, times, what programs add) is left out. */
const NEEDED = new Set([
  ...["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "bKGD", "pHYs"],
  ...["cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI"],
  ...["acTL", "fcTL", "fdAT"],
]);

/** Walks from chunk to chunk, up to the one that says that it is the last. */
export async function walkPng(source: ByteSource): Promise<Picture> {
  const reader = new SourceReader(source);
  const pieces = new Pieces(source);
  pieces.take(0, 8);
  let position = 8;
  let size: Size | undefined;
  let orientation = 1;
  let hasData = false;
  let frames = 0;
  let pixels = 0;
  for (let chunks = 0; chunks < MOST_CHUNKS; chunks++) {
    const head = await reader.at(position, 8);
    const length = uint32(head, 0);
    const type = letters(head, 4, 4);
    const end = position + 12 + length;
    if (!/^[A-Za-z]{4}$/.test(type)) throw broken("PNG", "a part has no name");
    if (end > source.size) throw broken("PNG", "a part is longer than the file");
    if ((type === "IHDR") !== (chunks === 0)) throw broken("PNG", "its parts are out of order");
    if (type === "IHDR") {
      size = frameSize(await reader.at(position, 25));
      checkPixels(size.width, size.height);
    } else if (type === "fcTL" && length === 26) {
      const frame = await reader.at(position + 12, 8);
      pixels += uint32(frame, 0) * uint32(frame, 4);
      checkFrames(++frames, pixels);
    } else if (type === "IDAT") hasData = true;
    else if (!NEEDED.has(type) && type < "a") {
      throw broken("PNG", `it needs a part "${type}" that is unknown`);
    }
    if (type === "eXIf" && orientation === 1 && length <= MOST_EXIF) {
      orientation = orientationOf(await reader.at(position + 8, length));
      if (orientation !== 1) {
        const chunk = await reader.at(position, length + 12);
        pieces.replace(position, chunk, exifChunk(orientation));
      }
    } else if (NEEDED.has(type)) pieces.take(position, end);
    position = end;
    if (type !== "IEND") continue;
    if (size === undefined || !hasData || length !== 0) {
      throw broken("PNG", "there is no picture in it");
    }
    return { ...shown(size, orientation), pieces };
  }
  throw broken("PNG", `it has more than ${MOST_CHUNKS} parts`);
}

function frameSize(chunk: Uint8Array): Size {
  if (uint32(chunk, 0) !== 13) throw broken("PNG", "its first part has a wrong length");
  const size = { width: uint32(chunk, 8), height: uint32(chunk, 12) };
  if (size.width === 0 || size.height === 0) throw broken("PNG", "it does not say how large it is");
  return size;
}

function exifChunk(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationAlone(orientation);
  const chunk = new Uint8Array(12 + tiff.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, tiff.length);
  chunk.set(new TextEncoder().encode("eXIf"), 4);
  chunk.set(tiff, 8);
  view.setUint32(8 + tiff.length, crc32(chunk.subarray(4, 8 + tiff.length)));
  return chunk;
}
