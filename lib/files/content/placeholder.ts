import type { Size } from "./pictures/picture.ts";

/**
 * What is wrong with the ThumbHash of a picture of that size; undefined when nothing is. It has as many
 * bytes as its first five say: waves for brightness, as many each way as the picture's shape asks for,
 * and for two colours; with transparency there is one byte and one more kind of them.
 */
export function placeholderProblem(hash: Uint8Array, size: Size | undefined): string | undefined {
  if (hash.length < 5) return "must be a ThumbHash";
  const [, , third = 0, low = 0, high = 0] = hash;
  const isTransparent = third >> 7 === 1;
  const isWide = high >> 7 === 1;
  const most = isTransparent ? 5 : 7;
  const other = low & 7;
  const wide = isWide ? most : other;
  const tall = isWide ? other : most;
  const count = waves(Math.max(3, wide), Math.max(3, tall)) + 2 * waves(3, 3) +
    (isTransparent ? waves(5, 5) : 0);
  const length = (isTransparent ? 6 : 5) + Math.ceil(count / 2);
  if (other < 1 || other > most || hash.length !== length) return "must be a ThumbHash";
  const fits = size === undefined || isNear(wide, tall, most, size);
  return fits ? undefined : "must have the same shape as the file";
}

/** Those that move in any way, of which the slow ones are kept. */
function waves(wide: number, tall: number): number {
  let count = -1;
  for (let y = 0; y < tall; y++) count += Math.ceil(wide * (tall - y) / tall);
  return count;
}

/** It is made of a small picture, whose sides were rounded: one wave more or less. */
function isNear(wide: number, tall: number, most: number, { width, height }: Size): boolean {
  const longer = Math.max(width, height);
  const expected = (side: number) => Math.max(1, Math.round(most * side / longer));
  return Math.abs(expected(width) - wide) <= 1 && Math.abs(expected(height) - tall) <= 1;
}
