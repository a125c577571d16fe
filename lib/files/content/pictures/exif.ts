import { letters, uint16, uint16le, uint32, uint32le } from "../integers.ts";

const ORIENTATION = 0x0112;

/** Which way up a picture is, from 1 (as it is) to 8; 1 where that cannot be read. */
export function orientationOf(tiff: Uint8Array): number {
  const order = tiff.length < 8 ? "" : letters(tiff, 0, 4);
  if (order !== "II*\0" && order !== "MM\0*") return 1;
  const short = order === "II*\0" ? uint16le : uint16;
  const long = order === "II*\0" ? uint32le : uint32;
  const first = long(tiff, 4);
  if (first + 2 > tiff.length) return 1;
  const count = short(tiff, first);
  for (let n = 0; n < count; n++) {
    const entry = first + 2 + n * 12;
    if (entry + 12 > tiff.length) return 1;
    if (short(tiff, entry) !== ORIENTATION) continue;
    const value = short(tiff, entry + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Metadata that says which way up, and nothing else. */
export function orientationAlone(orientation: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([
    ...[0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8],
    ...[0, 1, ORIENTATION >> 8, ORIENTATION & 0xff, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
    ...[0, 0, 0, 0],
  ]);
}
