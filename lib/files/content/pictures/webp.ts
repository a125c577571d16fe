import type { ByteSource } from "../../byte_source.ts";
import { letters, uint16le, uint24le, uint32le } from "../integers.ts";
import { Pieces } from "../pieces.ts";
import { SourceReader } from "../source_reader.ts";
import { broken, checkFrames, checkPixels, type Picture, type Size } from "./picture.ts";

const MOST_CHUNKS = 50_000;
const NEEDED = new Set(["VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"]);
const HAS_EXIF = 0x08;
const HAS_XMP = 0x04;

type Chunk = { type: string; start: number; length: number; end: number };

/** Walks from chunk to chunk, as far as the first one says that there are any. */
export async function walkWebp(source: ByteSource): Promise<Picture> {
  const reader = new SourceReader(source);
  const chunks = await readChunks(reader);
  const [first] = chunks;
  if (first === undefined) throw broken("WebP", "there is no picture in it");
  const size = first.type === "VP8X"
    ? await canvasSize(reader, first)
    : await frameSize(reader, first);
  checkPixels(size.width, size.height);
  await checkData(reader, chunks, size);
  return { ...size, pieces: await keep(source, reader, chunks) };
}

async function readChunks(reader: SourceReader): Promise<Chunk[]> {
  const end = uint32le(await reader.at(4, 4), 0) + 8;
  if (end > reader.size) throw broken("WebP", "it is longer than the file");
  const chunks: Chunk[] = [];
  for (let start = 12; start < end;) {
    if (chunks.length === MOST_CHUNKS) throw broken("WebP", `it has over ${MOST_CHUNKS} parts`);
    const head = await reader.at(start, 8);
    const length = uint32le(head, 4);
    const chunk = {
      type: letters(head, 0, 4),
      start,
      length,
      end: start + 8 + length + length % 2,
    };
    if (chunk.end > end) throw broken("WebP", "a part is longer than the whole");
    chunks.push(chunk);
    start = chunk.end;
  }
  return chunks;
}

async function canvasSize(reader: SourceReader, chunk: Chunk): Promise<Size> {
  if (chunk.length !== 10) throw broken("WebP", "its first part has a wrong length");
  const body = await reader.at(chunk.start + 8, 10);
  return { width: uint24le(body, 4) + 1, height: uint24le(body, 7) + 1 };
}

/** As the coded picture itself says. */
async function frameSize(reader: SourceReader, chunk: Chunk): Promise<Size> {
  const body = await reader.at(chunk.start + 8, Math.min(chunk.length, 10));
  if (chunk.type === "VP8L" && body.length >= 5 && body[0] === 0x2f) {
    const bits = uint32le(body, 1);
    return { width: (bits & 0x3fff) + 1, height: (bits >>> 14 & 0x3fff) + 1 };
  }
  const isFrame = chunk.type === "VP8 " && body.length === 10 && ((body[0] ?? 1) & 1) === 0 &&
    letters(body, 3, 3) === "\x9d\x01\x2a";
  if (!isFrame) throw broken("WebP", "there is no picture in it");
  const size = { width: uint16le(body, 6) & 0x3fff, height: uint16le(body, 8) & 0x3fff };
  if (size.width === 0 || size.height === 0) {
    throw broken("WebP", "it does not say how large it is");
  }
  return size;
}

/** One picture as large as it is said to be, or frames that are no larger. */
async function checkData(reader: SourceReader, chunks: Chunk[], size: Size): Promise<void> {
  let frames = 0;
  let pixels = 0;
  let pictures = 0;
  for (const chunk of chunks) {
    if (chunk.type === "ANMF") {
      if (chunk.length < 24) throw broken("WebP", "a frame of it is empty");
      const body = await reader.at(chunk.start + 8, 16);
      const frame = { width: uint24le(body, 6) + 1, height: uint24le(body, 9) + 1 };
      checkPixels(frame.width, frame.height);
      pixels += Math.max(frame.width * frame.height, size.width * size.height);
      checkFrames(++frames, pixels);
      await checkFrame(reader, chunk, frame);
    } else if (chunk.type === "VP8 " || chunk.type === "VP8L") {
      pictures++;
      checkSame(await frameSize(reader, chunk), size);
    }
  }
  if ((pictures === 1) === (frames > 0) || pictures > 1) {
    throw broken("WebP", "there is not one picture in it");
  }
}

async function checkFrame(reader: SourceReader, frame: Chunk, size: Size): Promise<void> {
  for (let start = frame.start + 24; start + 8 <= frame.start + 8 + frame.length;) {
    const head = await reader.at(start, 8);
    const length = uint32le(head, 4);
    const type = letters(head, 0, 4);
    const end = start + 8 + length + length % 2;
    if (end > frame.end) break;
    if (type === "VP8 " || type === "VP8L") {
      checkSame(await frameSize(reader, { type, start, length, end }), size);
      return;
    }
    start = end;
  }
  throw broken("WebP", "a frame of it is empty");
}

function checkSame(found: Size, said: Size): void {
  if (found.width !== said.width || found.height !== said.height) {
    throw broken("WebP", "it is of another size than it says");
  }
}

/**
 * With the whole's length and the list of what is in it as they are afterwards. Which way up it is goes as
 * well: Chromium does not turn a WebP, and people are to see the same whatever they look with.
 */
async function keep(source: ByteSource, reader: SourceReader, chunks: Chunk[]): Promise<Pieces> {
  const needed = chunks.filter(({ type }) => NEEDED.has(type));
  const length = needed.reduce((sum, { start, end }) => sum + end - start, 0);
  const pieces = new Pieces(source);
  const head = await reader.at(0, 12);
  const changed = head.slice();
  new DataView(changed.buffer).setUint32(4, length + 4, true);
  pieces.replace(0, head, changed);
  for (const { type, start, end } of needed) {
    if (type !== "VP8X") pieces.take(start, end);
    else {
      const chunk = await reader.at(start, end - start);
      const changed = chunk.slice();
      changed[8] = (chunk[8] ?? 0) & ~(HAS_EXIF | HAS_XMP);
      pieces.replace(start, chunk, changed);
    }
  }
  return pieces;
}
