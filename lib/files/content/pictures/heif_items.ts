/** The list of what is in a HEIF picture (ISO/IEC 14496-12, 23008-12): longer than most files, for it
 * is one table that refers to itself, and every field has a length that another field says. */
import { EndsEarly } from "../source_reader.ts";
import { broken, type Size } from "./picture.ts";

export interface Items {
  /** Of the picture that is shown, as it is shown. */
  readonly size: Size;
  /** Of all pictures in it. */
  readonly sizes: readonly Size[];
  /** Where in the file there is something that only says something of it. */
  readonly metadata: readonly { start: number; end: number }[];
  /** Bytes of items that stand in the list itself. */
  readonly data?: { body: number; end: number };
}

type Part = { type: string; at: number; cursor: Cursor };
type Place = { item: number; inList: boolean; start: number; length: number };

const MOST_ITEMS = 20_000;
/** Exif; XMP and other texts; addresses of kinds that only programs know. */
const METADATA = new Set(["Exif", "mime", "uri "]);

/** @param at where in the file these bytes are */
export function readItems(list: Uint8Array, at: number): Items {
  const cursor = new Cursor(list);
  cursor.skip(4);
  const parts = partsOf(cursor);
  const data = parts.find(({ type }) => type === "idat");
  const places = parts.filter(({ type }) => type === "iloc").flatMap((part) =>
    placesIn(part.cursor)
  );
  const kinds = new Map(parts.filter(({ type }) => type === "iinf").flatMap(kindsIn));
  const metadata = places.filter(({ item }) => METADATA.has(kinds.get(item) ?? ""))
    .map(({ inList, start, length }) => {
      if (inList && data === undefined) throw broken("HEIF", "a part is where none may be");
      const from = inList ? at + (data?.at ?? 0) + start : start;
      return { start: from, end: from + length };
    });
  return {
    ...sizesIn(parts),
    metadata: withoutTwins(metadata),
    ...(data !== undefined &&
      { data: { body: at + data.at, end: at + data.at + data.cursor.left } }),
  };
}

/** Two items may be the same bytes. */
function withoutTwins(ranges: { start: number; end: number }[]): typeof ranges {
  return [...new Map(ranges.map((range) => [`${range.start} ${range.end}`, range])).values()];
}

function partsOf(cursor: Cursor): Part[] {
  const parts: Part[] = [];
  while (cursor.left > 0) {
    const length = cursor.number(4);
    const type = cursor.name();
    const at = cursor.position;
    parts.push({ type, at, cursor: cursor.part(length === 0 ? cursor.left : length - 8) });
  }
  return parts;
}

function placesIn(cursor: Cursor): Place[] {
  const version = cursor.number(1);
  cursor.skip(3);
  const [sizes, more] = [cursor.number(1), cursor.number(1)];
  const [offset, length, base] = [sizes >> 4, sizes & 15, more >> 4];
  const index = version === 0 ? 0 : more & 15;
  const count = bounded(cursor.number(version < 2 ? 2 : 4));
  const places: Place[] = [];
  for (let n = 0; n < count; n++) {
    const item = cursor.number(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : cursor.number(2) & 15;
    const reference = cursor.number(2);
    const from = cursor.number(base);
    if (method > 1 || reference !== 0) throw broken("HEIF", "a part of it is elsewhere");
    for (let extents = bounded(cursor.number(2)); extents > 0; extents--) {
      cursor.skip(index);
      const start = from + cursor.number(offset);
      bounded(places.push({ item, inList: method === 1, start, length: cursor.number(length) }));
    }
  }
  return places;
}

function kindsIn({ cursor }: Part): [number, string][] {
  const version = cursor.number(1);
  cursor.skip(3);
  bounded(cursor.number(version === 0 ? 2 : 4));
  return partsOf(cursor).map(({ cursor: entry }) => {
    const version = entry.number(1);
    entry.skip(3);
    if (version < 2) throw broken("HEIF", "its list of parts is of another kind");
    const item = entry.number(version === 2 ? 2 : 4);
    entry.skip(2);
    return [item, entry.name()];
  });
}

function sizesIn(parts: Part[]): { size: Size; sizes: Size[] } {
  const primary = parts.find(({ type }) => type === "pitm")?.cursor;
  const properties = parts.find(({ type }) => type === "iprp")?.cursor;
  if (primary === undefined || properties === undefined) {
    throw broken("HEIF", "it does not say how large it is");
  }
  const isShort = primary.number(1) === 0;
  primary.skip(3);
  const item = primary.number(isShort ? 2 : 4);
  const inner = partsOf(properties);
  const all = inner.filter(({ type }) => type === "ipco").flatMap(({ cursor }) => partsOf(cursor));
  const sizes = new Map<number, Size>();
  const turned = new Set<number>();
  for (const [n, { type, cursor }] of all.entries()) {
    if (type === "irot" && (cursor.number(1) & 1) === 1) turned.add(n + 1);
    if (type !== "ispe") continue;
    cursor.skip(4);
    sizes.set(n + 1, { width: cursor.number(4), height: cursor.number(4) });
  }
  const own = inner.filter(({ type }) => type === "ipma")
    .flatMap(({ cursor }) => propertiesOf(cursor, item));
  const size = own.map((n) => sizes.get(n)).find((found) => found !== undefined);
  if (size === undefined || size.width === 0 || size.height === 0) {
    throw broken("HEIF", "it does not say how large it is");
  }
  const isTurned = own.some((n) => turned.has(n));
  return {
    size: isTurned ? { width: size.height, height: size.width } : size,
    sizes: [...sizes.values()],
  };
}

/** By their numbers, which begin with 1. */
function propertiesOf(cursor: Cursor, wanted: number): number[] {
  const version = cursor.number(1);
  cursor.skip(2);
  const isLong = (cursor.number(1) & 1) === 1;
  const found: number[] = [];
  for (let count = bounded(cursor.number(4)); count > 0; count--) {
    const item = cursor.number(version < 1 ? 2 : 4);
    for (let own = cursor.number(1); own > 0; own--) {
      const property = isLong ? cursor.number(2) & 0x7fff : cursor.number(1) & 0x7f;
      if (item === wanted) found.push(property);
    }
  }
  return found;
}

function bounded(count: number): number {
  if (count > MOST_ITEMS) throw broken("HEIF", `it has more than ${MOST_ITEMS} parts`);
  return count;
}

/** Reads on, and no further than there is something. */
class Cursor {
  readonly #bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.position;
  }

  number(length: number): number {
    let value = 0;
    for (const byte of this.#take(length)) value = value * 256 + byte;
    return value;
  }

  name(): string {
    return String.fromCharCode(...this.#take(4));
  }

  skip(length: number): void {
    this.#take(length);
  }

  part(length: number): Cursor {
    return new Cursor(this.#take(length));
  }

  #take(length: number): Uint8Array {
    if (length < 0 || length > this.left) throw new EndsEarly();
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }
}
