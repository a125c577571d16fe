/** A box for one picture; `grow` is its share of its row's width. */
export type AlbumBox<T> = { picture: T; grow: number };
export type AlbumRow<T> = { boxes: AlbumBox<T>[]; aspect: number };

type Sized = { width?: number | undefined; height?: number | undefined };

/** How many stand beside one another in each row, by how many there are. */
const ROWS: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  2: [2],
  3: [1, 2],
  4: [2, 2],
  5: [2, 3],
  6: [3, 3],
  7: [2, 2, 3],
  8: [2, 3, 3],
  9: [3, 3, 3],
};

/** Width to height: what is narrower or flatter than this is cut at its edges. */
const IN_ALBUM = { least: 0.66, most: 1.8 };
const ALONE = { least: 0.5, most: 2.5 };
/** A row is no taller than it is wide, nor a mere strip. */
const ROW = { least: 1.2, most: 4 };

/**
 * Where each picture of a message stands. It follows from their sizes alone, which are known before
 * anything of them is loaded: so nothing moves when they come.
 */
export function albumRows<T extends Sized>(pictures: readonly T[]): AlbumRow<T>[] {
  if (pictures.length === 1) {
    return pictures.map((picture) => ({
      boxes: [{ picture, grow: 1 }],
      aspect: aspectOf(picture, ALONE),
    }));
  }
  const rows: AlbumRow<T>[] = [];
  let from = 0;
  for (const count of ROWS[pictures.length] ?? pairsOf(pictures.length)) {
    const boxes = pictures.slice(from, from + count)
      .map((picture) => ({ picture, grow: aspectOf(picture, IN_ALBUM) }));
    const aspect = boxes.reduce((sum, { grow }) => sum + grow, 0);
    rows.push({ boxes, aspect: between(aspect, ROW) });
    from += count;
  }
  return rows;
}

/** Pixels that something alone, or an album, takes up at most. */
export const MOST = { width: 320, height: 360 };

/** As wide as it is, as far as the page has room: small ones are not blown up. */
export function boxAlone(picture: Sized): { width: number; aspect: number } {
  const aspect = aspectOf(picture, ALONE);
  const own = Math.max(picture.width ?? MOST.width, LEAST_WIDTH);
  return { width: Math.round(Math.min(MOST.width, MOST.height * aspect, own)), aspect };
}

/** There is a finger to hit it, and room to say that it could not be loaded. */
const LEAST_WIDTH = 120;

function aspectOf({ width, height }: Sized, bounds: typeof ROW): number {
  return between(width && height ? width / height : 4 / 3, bounds);
}

function between(value: number, { least, most }: typeof ROW): number {
  return Math.min(most, Math.max(least, value));
}

function pairsOf(count: number): number[] {
  return Array.from({ length: Math.ceil(count / 2) }, () => 2);
}
