import type { ByteSource } from "../../byte_source.ts";
import { letters, uint16 } from "../integers.ts";
import { Pieces } from "../pieces.ts";
import { SourceReader } from "../source_reader.ts";
import { orientationAlone, orientationOf } from "./exif.ts";
import { broken, checkPixels, type Picture, shown, type Size } from "./picture.ts";

/** Scans after the first make it sharper; each is as much work as the whole picture. */
const MOST_SCANS = 200;
const MOST_SEGMENTS = 20_000;
const EXIF = "Exif\0\0";
const ICC = "ICC_PROFILE\0";

/** JFIF without the small picture that may be in it: that of what was there before it was cropped. */
const JFIF_LENGTH = 16;

/**
 * Walks from segment to segment, and through the coded data between them. What is not needed to show
 * the picture is left out, and so is whatever follows its end.
 */
export async function walkJpeg(source: ByteSource): Promise<Picture> {
  const reader = new SourceReader(source);
  const pieces = new Pieces(source);
  pieces.take(0, 2);
  let position = 2;
  let size: Size | undefined;
  let orientation = 1;
  let scans = 0;
  for (let segments = 0; segments < MOST_SEGMENTS; segments++) {
    position = await skipFill(reader, position);
    const marker = (await reader.at(position, 2))[1] ?? 0;
    if (marker === 0xd9) {
      if (size === undefined || scans === 0) throw broken("JPEG", "there is no picture in it");
      pieces.take(position, position + 2);
      return { ...shown(size, orientation), pieces };
    }
    if (marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8) {
      throw broken("JPEG", "a part begins where none may");
    }
    const length = uint16(await reader.at(position + 2, 2), 0);
    const end = position + 2 + length;
    if (length < 2) throw broken("JPEG", "the length of a part is wrong");
    const segment = await reader.at(position, length + 2);
    if (isFrame(marker)) {
      if (size !== undefined) throw broken("JPEG", "there are two pictures in one");
      size = frameSize(segment);
      pieces.take(position, end);
    } else if (marker === 0xda) {
      if (size === undefined) throw broken("JPEG", "its data come before its size");
      if (++scans > MOST_SCANS) throw broken("JPEG", `it has more than ${MOST_SCANS} scans`);
      const scanEnd = await endOfScan(reader, end);
      pieces.take(position, scanEnd);
      position = scanEnd;
      continue;
    } else if (marker === 0xe1 && letters(segment, 4, EXIF.length) === EXIF) {
      const said = orientation === 1 ? orientationOf(segment.subarray(10)) : 1;
      if (said !== 1) {
        orientation = said;
        pieces.replace(position, segment, exifSegment(said));
      }
    } else if (marker === 0xe0 && letters(segment, 4, 5) === "JFIF\0" && length > JFIF_LENGTH) {
      const plain = segment.slice(0, JFIF_LENGTH + 2);
      plain.set([0, JFIF_LENGTH], 2);
      plain.set([0, 0], 16);
      pieces.put(plain);
    } else if (isNeeded(marker, segment)) {
      pieces.take(position, end);
    }
    position = end;
  }
  throw broken("JPEG", `it has more than ${MOST_SEGMENTS} parts`);
}

/** Any number of 0xff may stand before a marker; the last one is its first byte. */
async function skipFill(reader: SourceReader, from: number): Promise<number> {
  for (let position = from;;) {
    const bytes = await reader.upTo(position, 2);
    const other = bytes.findIndex((byte) => byte !== 0xff);
    if (other === 0) throw broken("JPEG", "there is something between its parts");
    if (other > 0) return position + other - 1;
    // Throws at the end.
    await reader.at(position, bytes.length + 1);
    position += bytes.length;
  }
}

function isFrame(marker: number): boolean {
  return marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function frameSize(segment: Uint8Array): Size {
  if (segment.length < 10) throw broken("JPEG", "the length of a part is wrong");
  const size = { width: uint16(segment, 7), height: uint16(segment, 5) };
  if (size.width === 0 || size.height === 0) {
    throw broken("JPEG", "it does not say how large it is");
  }
  checkPixels(size.width, size.height);
  return size;
}

/** All but what applications add, of which colours and the way they are coded have to stay. */
function isNeeded(marker: number, segment: Uint8Array): boolean {
  if (marker < 0xe0) return true;
  if (marker === 0xe0) return letters(segment, 4, 5) === "JFIF\0" && segment.length >= 18;
  if (marker === 0xe2) return letters(segment, 4, ICC.length) === ICC;
  return marker === 0xee && letters(segment, 4, 5) === "Adobe";
}

function exifSegment(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationAlone(orientation);
  const name = new TextEncoder().encode(EXIF);
  return new Uint8Array([0xff, 0xe1, 0, 2 + name.length + tiff.length, ...name, ...tiff]);
}

/** Within the data 0xff is followed by 0, by a mark to start over at, or by more of itself. */
async function endOfScan(reader: SourceReader, from: number): Promise<number> {
  for (let position = from;;) {
    const bytes = await reader.upTo(position, 2);
    if (bytes.length < 2) await reader.at(position, 2);
    let at = bytes.indexOf(0xff);
    while (at !== -1 && at + 1 < bytes.length) {
      const next = bytes[at + 1] ?? 0;
      const isData = next === 0 || next === 0xff || next >= 0xd0 && next <= 0xd7;
      if (!isData) return position + at;
      at = bytes.indexOf(0xff, at + (next === 0xff ? 1 : 2));
    }
    position += at === -1 ? bytes.length : at;
  }
}
