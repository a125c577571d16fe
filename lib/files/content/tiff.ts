import type { ByteSource } from "../byte_source.ts";
import { type Change, changed } from "./changes.ts";
import { letters, uint16, uint16le, uint32, uint32le } from "./integers.ts";
import { isBlank } from "./is_blank.ts";
import type { Kept } from "./pieces.ts";
import type { SourceReader } from "./source_reader.ts";

const TYPES = new Set([
  ...["image/tiff", "image/x-adobe-dng", "image/x-canon-cr2", "image/x-nikon-nef"],
  ...["image/x-sony-arw"],
]);
const MOST_LISTS = 100;
const MOST_ENTRIES = 1_000;

/** Bytes of one value of each type. */
const WIDTHS = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const PLACE = 0x8825;
/** Lists within a list: smaller pictures, and how it was taken. */
const LISTS = new Set([0x014a, 0x8769]);
/** XMP, IPTC, what Photoshop adds, and who made it with whose camera. */
const PRIVATE = new Set([
  ...[0x02bc, 0x83bb, 0x8649, 0x013b, 0x013c, 0x9c9d, 0xa430, 0xa431, 0xa435],
]);

type Range = { start: number; end: number };
type Tag = { tag: number; entry: number; data: Range; inside: boolean; value: number };

/**
 * TIFF, and what cameras write before it is a picture: who and where become zeros. How it was taken
 * stays, for those who go on to work on it. Undefined where there is nothing to leave out; what is
 * broken is no picture that anybody is shown, and stays as it is.
 */
export async function withoutTiffMetadata(
  source: ByteSource,
  reader: SourceReader,
  type: string,
): Promise<Kept | undefined> {
  if (!TYPES.has(type)) return undefined;
  const changes: Change[] = [];
  for (const { start, end } of merged(await privateRanges(reader))) {
    if (!await isBlank(reader, start, end)) changes.push({ start, end });
  }
  return changes.length === 0 ? undefined : changed(source, changes)?.kept();
}

async function privateRanges(reader: SourceReader): Promise<Range[]> {
  const head = await reader.upTo(0, 8);
  const order = letters(head, 0, 4);
  if (head.length < 8 || order !== "II*\0" && order !== "MM\0*") return [];
  const isLittle = order === "II*\0";
  const long = isLittle ? uint32le : uint32;
  const found: Range[] = [];
  // A set, so that lists that lead to one another come to an end.
  const lists = new Set([long(head, 4)]);
  // Each may be anywhere, and so is a reading of its own.
  let readings = 0;
  for (const start of lists) {
    if (++readings > MOST_LISTS) break;
    const { tags, next } = await readList(reader, start, isLittle);
    if (next !== 0) lists.add(next);
    for (const { tag, entry, data, inside, value } of tags) {
      if ((tag === PLACE || LISTS.has(tag)) && ++readings > MOST_LISTS) break;
      if (tag === PLACE) {
        const places = (await readList(reader, value, isLittle)).tags;
        for (const place of places) {
          if (!place.inside) found.push(place.data);
          found.push({ start: place.entry, end: place.entry + 12 });
        }
        if (places.length > 0) found.push({ start: value, end: value + 2 });
      } else if (PRIVATE.has(tag)) {
        found.push(inside ? { start: entry + 8, end: entry + 12 } : data);
      } else if (LISTS.has(tag)) {
        const values = inside ? [value] : await readLongs(reader, data, long);
        for (const list of values) lists.add(list);
      }
    }
  }
  return found.map(({ start, end }) => ({ start, end: Math.min(end, reader.size) }))
    .filter(({ start, end }) => start >= 8 && start < end);
}

async function readList(
  reader: SourceReader,
  start: number,
  isLittle: boolean,
): Promise<{ tags: Tag[]; next: number }> {
  const [short, long] = isLittle ? [uint16le, uint32le] : [uint16, uint32];
  const head = await reader.upTo(start, 2);
  const count = head.length < 2 ? 0 : short(head, 0);
  const bytes = await reader.upTo(start, 2 + count * 12 + 4);
  if (count > MOST_ENTRIES || bytes.length < 2 + count * 12 + 4) return { tags: [], next: 0 };
  const tags = Array.from({ length: count }, (_, n): Tag => {
    const at = 2 + n * 12;
    const value = long(bytes, at + 8);
    const length = (WIDTHS[short(bytes, at + 2)] ?? 0) * long(bytes, at + 4);
    const data = { start: value, end: value + length };
    return { tag: short(bytes, at), entry: start + at, data, inside: length <= 4, value };
  });
  return { tags, next: long(bytes, 2 + count * 12) };
}

async function readLongs(
  reader: SourceReader,
  { start, end }: Range,
  long: typeof uint32,
): Promise<number[]> {
  const count = Math.min(MOST_LISTS, Math.floor((end - start) / 4));
  const bytes = await reader.upTo(start, count * 4);
  if (bytes.length < count * 4) return [];
  return Array.from({ length: count }, (_, n) => long(bytes, n * 4));
}

/** In their order; those that share bytes are one. */
function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
