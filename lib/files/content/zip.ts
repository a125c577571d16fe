import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import { AppError, messageOf } from "../../errors.ts";
import type { ByteSource } from "../byte_source.ts";
import { SourceReader } from "./source_reader.ts";
import { checkUnpacked } from "./unpacked.ts";

/** Files in an archive: as many as there are in the largest trees of source code. */
const MOST_ENTRIES = 100_000;
/** How often the same archive may be in an archive: those that are bombs hold it more often. */
const MOST_ALIKE = 15;
const ARCHIVE = /\.(zip|gz|bz2|xz|zst|7z|rar)$/i;
/** Of the head before each file's bytes, without its name. */
const LOCAL_HEAD = 30;

/**
 * What an archive's directory says, without unpacking anything.
 * @throws AppError `unsupported`, `too-large`
 */
export async function checkZip(source: ByteSource): Promise<void> {
  const starts: number[] = [];
  const ends: number[] = [];
  const alike = new Map<string, number>();
  let unpacked = 0;
  for await (const entry of entriesOf(source)) {
    if (starts.length === MOST_ENTRIES) {
      throw new AppError("too-large", `the archive holds more than ${MOST_ENTRIES} files`);
    }
    const start = entry.relativeOffsetOfLocalHeader;
    starts.push(start);
    ends.push(start + LOCAL_HEAD + entry.fileNameLength + entry.compressedSize);
    unpacked += entry.uncompressedSize;
    checkUnpacked("archive", unpacked, source.size);
    countAlike(alike, entry);
  }
  checkApart(starts, ends, source.size);
}

async function* entriesOf(source: ByteSource): AsyncGenerator<Entry> {
  const reader = new Window(source);
  try {
    const options = { decodeStrings: false, validateEntrySizes: false, autoClose: false };
    const zip = await fromRandomAccessReaderPromise(reader, source.size, options);
    yield* zip.eachEntry();
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (reader.failure !== undefined) throw reader.failure;
    throw broken(messageOf(error).replace(/[^ -~]/g, "?").slice(0, 120));
  }
}

/** Its own way to read makes streams of streams for every few bytes. */
class Window extends RandomAccessReader {
  readonly #reader: SourceReader;
  /** Of the store, and no fault of the archive. */
  failure: AppError | undefined;

  constructor(source: ByteSource) {
    super();
    this.#reader = new SourceReader(source);
  }

  override read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#reader.at(position, length).then((bytes) => {
      buffer.set(bytes, offset);
      callback(null);
    }).catch((error) => {
      if (error instanceof AppError) this.failure = error;
      callback(error);
    });
  }
}

/** Files that share their bytes are how a small archive becomes as large as one likes. */
function checkApart(starts: number[], ends: number[], size: number): void {
  const order = Uint32Array.from(starts.keys()).sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  let last = 0;
  for (const n of order) {
    if ((starts[n] ?? 0) < last) throw broken("files in it share their bytes");
    last = ends[n] ?? 0;
    if (last > size) throw broken("a file in it is longer than the archive");
  }
}

function countAlike(alike: Map<string, number>, entry: Entry): void {
  // Not decoded: Latin letters are the same in all its encodings.
  if (!ARCHIVE.test(entry.fileNameRaw.toString("latin1").slice(-8))) return;
  const what = `${entry.crc32} ${entry.uncompressedSize}`;
  const count = (alike.get(what) ?? 0) + 1;
  alike.set(what, count);
  if (count > MOST_ALIKE) {
    throw new AppError(
      "unsupported",
      `the archive holds the same archive more than ${count - 1} times`,
    );
  }
}

function broken(why: string): AppError {
  return new AppError("unsupported", `the file begins like a ZIP archive and is none: ${why}`);
}
