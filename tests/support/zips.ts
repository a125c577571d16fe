import { crc32 } from "node:zlib";
import { type Bytes, int, joined } from "./byte_sources.ts";

export interface ZipEntry {
  readonly name: string;
  readonly bytes?: ArrayLike<number>;
  /** What the directory says of it, where that is not so. */
  readonly unpacked?: number;
  readonly at?: number;
  readonly crc?: number;
}

/** An archive of files that are stored as they are; what it says of them may be made up. */
export function zip(entries: readonly ZipEntry[]): Bytes {
  const small = (value: number, length: number) => int(value, length, "little");
  const files: Bytes[] = [];
  const directory: Bytes[] = [];
  let at = 0;
  for (const { name, bytes = [], unpacked = bytes.length, at: said = at, crc } of entries) {
    const common = joined(
      ...[20, 0, unpacked === bytes.length ? 0 : 8, 0, 0].map((value) => small(value, 2)),
      small(crc ?? crc32(Uint8Array.from(bytes)), 4),
      small(bytes.length, 4),
      small(unpacked, 4),
      small(name.length, 2),
      small(0, 2),
    );
    const file = joined("PK\x03\x04", common, name, bytes);
    directory.push(
      joined("PK\x01\x02", small(20, 2), common, new Uint8Array(10), small(said, 4), name),
    );
    files.push(file);
    at += file.length;
  }
  const list = joined(...directory);
  const end = [small(0, 4), small(entries.length, 2), small(entries.length, 2)];
  return joined(
    ...files,
    list,
    "PK\x05\x06",
    ...end,
    small(list.length, 4),
    small(at, 4),
    small(0, 2),
  );
}
