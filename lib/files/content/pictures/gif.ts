import type { ByteSource } from "../../byte_source.ts";
import { letters, uint16le } from "../integers.ts";
import { Pieces } from "../pieces.ts";
import { SourceReader } from "../source_reader.ts";
import { broken, checkFrames, checkPixels, type Picture } from "./picture.ts";

const MOST_BLOCKS = 200_000;
/** Who says how often an animation is played. Other applications' words are left out. */
const LOOPS = new Set(["NETSCAPE2.0", "ANIMEXTS1.0"]);

/** Walks from block to block up to the last: comments, texts and what applications add stay behind. */
export async function walkGif(source: ByteSource): Promise<Picture> {
  const reader = new SourceReader(source);
  const pieces = new Pieces(source);
  const head = await reader.at(0, 13);
  const screen = { width: uint16le(head, 6), height: uint16le(head, 8) };
  checkPixels(screen.width, screen.height);
  let position = 13 + paletteLength(head[10] ?? 0);
  pieces.take(0, position);
  let control: { start: number; end: number } | undefined;
  let { width, height } = screen;
  let frames = 0;
  let pixels = 0;
  for (let blocks = 0; blocks < MOST_BLOCKS; blocks++) {
    const kind = (await reader.at(position, 1))[0];
    if (kind === 0x3b) {
      if (frames === 0) throw broken("GIF", "there is no picture in it");
      pieces.take(position, position + 1);
      return { width, height, pieces };
    }
    const end = await endOfBlock(reader, position);
    if (kind === 0x2c) {
      const frame = await reader.at(position, 9);
      const [w, h] = [uint16le(frame, 5), uint16le(frame, 7)];
      if (w === 0 || h === 0) throw broken("GIF", "a frame of it is empty");
      // As browsers do: a first frame that does not fit makes the picture larger.
      if (frames === 0) [width, height] = [Math.max(width, w), Math.max(height, h)];
      checkPixels(width, height);
      pixels += Math.max(w * h, width * height);
      checkFrames(++frames, pixels);
      if (control !== undefined) pieces.take(control.start, control.end);
      pieces.take(position, end);
      control = undefined;
    } else {
      const label = (await reader.at(position, 2))[1];
      // Of the next frame alone: it stays behind with a text that it stands before.
      if (label === 0xf9) control = { start: position, end };
      else if (label === 0xff && await isLoop(reader, position, end)) pieces.take(position, end);
      else if (label === 0x01) control = undefined;
    }
    position = end;
  }
  throw broken("GIF", `it has more than ${MOST_BLOCKS} parts`);
}

function paletteLength(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

async function isLoop(reader: SourceReader, start: number, end: number): Promise<boolean> {
  if (end - start !== 19) return false;
  const block = await reader.at(start, 19);
  return LOOPS.has(letters(block, 3, 11)) && block[14] === 3 && block[15] === 1;
}

async function endOfBlock(reader: SourceReader, start: number): Promise<number> {
  const kind = (await reader.at(start, 1))[0];
  if (kind === 0x21) return await endOfData(reader, start + 2);
  if (kind !== 0x2c) throw broken("GIF", "a part begins that is none");
  const flags = (await reader.at(start, 10))[9] ?? 0;
  return await endOfData(reader, start + 11 + paletteLength(flags));
}

/** Pieces of up to 255 bytes, each after its length; an empty one is the last. */
async function endOfData(reader: SourceReader, start: number): Promise<number> {
  for (let position = start;;) {
    const bytes = await reader.upTo(position, 256);
    if (bytes.length === 0) await reader.at(position, 1);
    let at = 0;
    while (at < bytes.length) {
      const length = bytes[at] ?? 0;
      at += length + 1;
      if (length === 0) return position + at;
    }
    position += at;
  }
}
