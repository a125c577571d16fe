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
  /** The name that it calls itself by in the first place. */
  readonly major?: string;
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
      box("ftyp", parts.major ?? parts.brand, int(0, 4), parts.brand, "mif1"),
      list,
      box("mdat", ...data),
      box("uuid", new Uint8Array(16), "Secret"),
    );
  };
  const where = new TextDecoder("latin1").decode(build(0)).indexOf("coded picture...");
  return build(where);
}

/**
 * A film of less than a kilobyte that says of its one fragment that it has as many frames as fit into 32
 * bits, all alike, so that none of them needs bytes of its own.
 */
export function endlessFilm(): Bytes {
  const words = (...values: readonly number[]) => joined(...values.map((value) => int(value, 4)));
  const matrix = words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
  const avcC = box("avcC", [1, 66, 0, 30, 255, 225, 0, 4, 0x67, 66, 0, 30, 1, 0, 2, 0x68, 0xce]);
  const avc1 = box(
    "avc1",
    words(0, 1, 0, 0, 0, 0),
    [1, 64, 0, 240],
    words(0x480000, 0x480000, 0),
    [0, 1],
    new Uint8Array(32),
    [0, 24, 255, 255],
    avcC,
  );
  const tables = box(
    "stbl",
    box("stsd", words(0, 1), avc1),
    ...["stts", "stsc", "stco"].map((type) => box(type, words(0, 0))),
    box("stsz", words(0, 0, 0)),
  );
  const places = box("dinf", box("dref", words(0, 1), box("url ", words(1))));
  const track = box(
    "trak",
    box("tkhd", words(7, 0, 0, 1, 0, 0, 0, 0, 0, 0), matrix, words(320 << 16, 240 << 16)),
    box(
      "mdia",
      box("mdhd", words(0, 0, 0, 1000, 0, 0x55c40000)),
      box("hdlr", words(0, 0), "vide", words(0, 0, 0), [0]),
      box("minf", box("vmhd", words(1, 0, 0)), places, tables),
    ),
  );
  const head = words(0, 0, 0, 1000, 0, 0x10000, 0x01000000, 0, 0);
  return joined(
    box("ftyp", "isom", words(0), "isomiso5"),
    box(
      "moov",
      box("mvhd", head, matrix, words(0, 0, 0, 0, 0, 0, 2)),
      track,
      box("mvex", box("trex", words(0, 1, 1, 1, 1, 0))),
    ),
    box(
      "moof",
      box("mfhd", words(0, 1)),
      box(
        "traf",
        box("tfhd", words(0x020000, 1)),
        box("tfdt", words(0, 0)),
        box("trun", words(0, 0xffffffff)),
      ),
    ),
    box("mdat", new Uint8Array(16)),
  );
}
