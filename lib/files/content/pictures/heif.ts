import type { ByteSource } from "../../byte_source.ts";
import { readBoxes } from "../boxes.ts";
import { type Change, changed, freed } from "../changes.ts";
import { isBlank } from "../is_blank.ts";
import { SourceReader } from "../source_reader.ts";
import { readItems } from "./heif_items.ts";
import { broken, checkPixels, type Picture } from "./picture.ts";

const MOST_META = 4 * 1024 * 1024;
const NEEDED = new Set(["ftyp", "styp", "meta", "mdat", "moov", "free", "skip"]);

/**
 * AVIF and HEIC: a list of items, of which one is the picture and others are what a phone adds. Their
 * bytes become zeros where they are, since the list tells all places by numbers.
 */
export async function walkHeif(source: ByteSource): Promise<Picture> {
  const reader = new SourceReader(source);
  const { boxes, whole } = await readBoxes(reader, 0, source.size);
  if (!whole) throw broken("HEIF", "it ends in the middle");
  const meta = boxes.filter(({ type }) => type === "meta");
  const [only] = meta;
  if (only === undefined || meta.length > 1 || boxes[0]?.type !== "ftyp") {
    throw broken("HEIF", "there is not one picture in it");
  }
  if (only.end - only.start > MOST_META) throw broken("HEIF", "its list of parts is too long");
  const items = readItems(await reader.at(only.body, only.end - only.body), only.body);
  for (const { width, height } of items.sizes) checkPixels(width, height);
  const places = [items.data, ...boxes.filter(({ type }) => type === "mdat")];
  const changes: Change[] = boxes.filter(({ type }) => !NEEDED.has(type)).flatMap(freed);
  for (const { start, end } of items.metadata) {
    const isInside = places.some((place) => place && start >= place.body && end <= place.end);
    if (!isInside) throw broken("HEIF", "a part is where none may be");
    if (!await isBlank(reader, start, end)) changes.push({ start, end });
  }
  const pieces = changed(source, changes);
  if (pieces === undefined) throw broken("HEIF", "two parts share their bytes");
  return { ...items.size, pieces };
}
