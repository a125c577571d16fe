import { type Bytes, int, joined } from "./byte_sources.ts";

export function box(type: string, ...parts: (string | ArrayLike<number>)[]): Bytes {
  const body = joined(...parts);
  return joined(int(body.length + 8, 4), type, body);
}

/** Puts one more into the film of a file whose tables do not tell places from its beginning. */
export function withinFilm(film: Bytes, added: Bytes): Bytes {
  const name = new TextDecoder("latin1").decode(film).indexOf("moov");
  const size = new DataView(film.buffer, film.byteOffset).getUint32(name - 4);
  const end = name - 4 + size;
  return joined(
    film.subarray(0, name - 4),
    int(size + added.length, 4),
    film.subarray(name, end),
    added,
    film.subarray(end),
  );
}

export interface HeifParts {
  readonly brand: "avif" | "heic";
  readonly size: readonly [number, number];
  readonly turns?: number;
  /** Of metadata: in the list itself, or after it. */
  readonly inList?: boolean;
  /** Where the metadata is said to be. */
  readonly at?: number;
}

/** One picture (of which the coded bytes are made up), with Exif and XMP as phones add them. */
export function heif(parts: HeifParts): Bytes {
  const build = (start: number): Bytes => {
    const ispe = box("ispe", int(0, 4), ...parts.size.map((side) => int(side, 4)));
    const own = [ispe, box("irot", [parts.turns ?? 0])];
    const associations = [int(0, 4), int(1, 4), int(1, 2), [2, 1, 2]];
    const entry = (id: number, type: string) =>
      box("infe", int(2 << 24, 4), int(id, 2), int(0, 2), type, [0]);
    const inList = parts.inList ? 1 : 0;
    const from = inList === 1 ? 0 : start + 16;
    const place = (id: number, method: number, at: number, length: number) =>
      joined(int(id, 2), int(method, 2), int(0, 2), int(1, 2), int(at, 4), int(length, 4));
    const list = box(
      "meta",
      int(0, 4),
      box("hdlr", int(0, 8), "pict", new Uint8Array(13)),
      box("pitm", int(0, 4), int(1, 2)),
      box("iinf", int(0, 4), int(3, 2), entry(1, "av01"), entry(2, "Exif"), entry(3, "mime")),
      box(
        "iloc",
        int(1 << 24, 4),
        [0x44, 0],
        int(3, 2),
        place(1, 0, start, 16),
        place(2, inList, parts.at ?? from, 20),
        place(3, inList, (parts.at ?? from) + 20, 20),
      ),
      box("iprp", box("ipco", ...own), box("ipma", ...associations)),
      ...inList === 1 ? [box("idat", "Exif  Secret  12345.", "<x:xmpmeta Secret />")] : [],
    );
    const coded = joined("coded picture...");
    const data = inList === 1 ? [coded] : [coded, "Exif  Secret  12345.", "<x:xmpmeta Secret />"];
    return joined(
      box("ftyp", parts.brand, int(0, 4), parts.brand, "mif1"),
      list,
      box("mdat", ...data),
      box("uuid", new Uint8Array(16), "Secret"),
    );
  };
  const where = new TextDecoder("latin1").decode(build(0)).indexOf("coded picture...");
  return build(where);
}
