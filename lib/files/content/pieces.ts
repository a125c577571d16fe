import { AppError } from "../../errors.ts";
import type { ByteSource } from "../byte_source.ts";
import { sameBytes } from "./integers.ts";
import { SourceReader } from "./source_reader.ts";

/** What is kept of a source, where that is not all of it. */
export interface Kept {
  readonly size: number;
  bytes(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

type Piece = { start: number; end: number } | { zeros: number } | Uint8Array<ArrayBuffer>;

/** A file made of more is made to be a burden. */
const MOST_PIECES = 50_000;
/** Bytes; of shorter parts many are read at once, or each would be a request of the store. */
const SHORT = 64 * 1024;
const ZEROS = new Uint8Array(64 * 1024);

/** Put together of parts of a source, and of what stands there instead of others. */
export class Pieces {
  readonly #source: ByteSource;
  readonly #pieces: Piece[] = [];
  #size = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#size;
  }

  take(start: number, end: number): void {
    if (end <= start) return;
    this.#size += end - start;
    const last = this.#pieces.at(-1);
    if (last !== undefined && "end" in last && last.end === start) last.end = end;
    else this.#add({ start, end });
  }

  put(bytes: Uint8Array<ArrayBuffer>): void {
    this.#size += bytes.length;
    this.#add(bytes);
  }

  /** What stands at `start` by something else, unless that is the same. */
  replace(start: number, before: Uint8Array, after: Uint8Array<ArrayBuffer>): void {
    if (sameBytes(before, after)) this.take(start, start + before.length);
    else this.put(after);
  }

  blank(length: number): void {
    if (length <= 0) return;
    this.#size += length;
    this.#add({ zeros: length });
  }

  /** Undefined when that is the source as it is: who sends the same again is found by its hash. */
  kept(): Kept | undefined {
    const [first, second] = this.#pieces;
    const isWhole = first !== undefined && second === undefined && "end" in first &&
      first.start === 0 && first.end === this.#source.size;
    return isWhole ? undefined : { size: this.#size, bytes: () => this.#bytes() };
  }

  #add(piece: Piece): void {
    if (this.#pieces.length === MOST_PIECES) {
      throw new AppError("unsupported", "the file is made of too many parts");
    }
    this.#pieces.push(piece);
  }

  async *#bytes(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const reader = new SourceReader(this.#source);
    for (const piece of this.#pieces) {
      if ("end" in piece && piece.end - piece.start < SHORT) {
        // A copy: whoever takes it may hold it longer than the window is there, or all of that.
        yield (await reader.at(piece.start, piece.end - piece.start)).slice();
      } else if ("end" in piece) yield* this.#source.read(piece.start, piece.end);
      else if ("zeros" in piece) yield* zeros(piece.zeros);
      else yield piece;
    }
  }
}

function* zeros(length: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let left = length; left > 0; left -= ZEROS.length) {
    yield ZEROS.slice(0, Math.min(left, ZEROS.length));
  }
}
