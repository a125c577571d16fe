import { AppError } from "../../../errors.ts";
import { LIMITS } from "../../../protocol/codes.ts";
import type { Pieces } from "../pieces.ts";

/** What a walker of a picture's structure finds. Nothing is ever decoded. */
export interface Picture {
  /** As it is shown: a camera that was held upright says so in the metadata. */
  readonly width: number;
  readonly height: number;
  readonly pieces: Pieces;
}

/** Of an animation, whose frames are decoded one after the other. */
const MOST_PIXELS_OF_ALL_FRAMES = 20 * LIMITS.imagePixels;

/** @throws AppError `too-large` */
export function checkPixels(width: number, height: number): void {
  if (width * height <= LIMITS.imagePixels) return;
  const million = LIMITS.imagePixels / 1_000_000;
  throw new AppError(
    "too-large",
    `the picture has ${width} × ${height} pixels; at most ${million} million are allowed`,
  );
}

/** @throws AppError `too-large` */
export function checkFrames(frames: number, pixels: number): void {
  if (pixels <= MOST_PIXELS_OF_ALL_FRAMES) return;
  const million = MOST_PIXELS_OF_ALL_FRAMES / 1_000_000;
  throw new AppError(
    "too-large",
    `the picture has more than ${million} million pixels in its first ${frames} frames together`,
  );
}

/** What begins like a picture, and would be something else to whoever reads on. */
export function broken(format: string, why: string): AppError {
  return new AppError(
    "unsupported",
    `the file begins like a ${format} picture and is none: ${why}`,
  );
}

export type Size = { width: number; height: number };

/** The last four of the eight orientations stand on their side. */
export function shown({ width, height }: Size, orientation: number): Size {
  return orientation > 4 ? { width: height, height: width } : { width, height };
}
