import type { ByteSource } from "../byte_source.ts";
import { type Box, readBoxes } from "./boxes.ts";
import { changed, freed } from "./changes.ts";
import { letters } from "./integers.ts";
import type { Kept } from "./pieces.ts";
import type { SourceReader } from "./source_reader.ts";

/** What phones write where they were into, and shops who bought a song. */
const METADATA = new Set(["udta", "meta", "uuid", "xml ", "Exif", "jumb", "brob"]);
/** Boxes that files of this family begin with. */
const FIRST = new Set(["ftyp", "JXL ", "moov", "mdat", "wide", "free", "skip", "pnot"]);

/**
 * A film, sound or picture (JPEG XL) in boxes, without those that nobody needs to play it. Undefined
 * where there are none.
 */
export async function withoutBoxedMetadata(
  source: ByteSource,
  reader: SourceReader,
): Promise<Kept | undefined> {
  if (!FIRST.has(letters(await reader.upTo(0, 8), 4, 4))) return undefined;
  const { boxes } = await readBoxes(reader, 0, source.size);
  const isFilm = boxes.some(({ type }) => type === "moov");
  const found = (await metadataIn(reader, { body: 0, end: source.size }, ["moov", "trak"]))
    // Of a picture that calls itself by a name that nobody knows, this is where the picture is.
    .filter(({ type }) => isFilm || type !== "meta");
  return found.length === 0 ? undefined : changed(source, found.flatMap(freed))?.kept();
}

/** Those of the whole, of the film in it, and of each track of that. */
async function metadataIn(
  reader: SourceReader,
  { body, end }: Pick<Box, "body" | "end">,
  [inner, ...deeper]: string[],
): Promise<Box[]> {
  const found: Box[] = [];
  for (const box of (await readBoxes(reader, body, end)).boxes) {
    if (METADATA.has(box.type)) found.push(box);
    if (box.type === inner) found.push(...await metadataIn(reader, box, deeper));
  }
  return found;
}
