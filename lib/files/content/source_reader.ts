import type { ByteSource } from "../byte_source.ts";
import { gather } from "./bytes_source.ts";

/** What is read at once: in a store elsewhere each reading is a request. */
const WINDOW = 128 * 1024;

/** The bytes end before what they say of themselves does. */
export class EndsEarly extends Error {
  override name = "EndsEarly";
}

/**
 * Looks here and there in a source. It holds no more of it than a window, or what it was last asked
 * for: whoever asks for more than a few bytes bounds that first.
 */
export class SourceReader {
  readonly size: number;
  readonly #source: ByteSource;
  #window = new Uint8Array(0);
  #start = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  /** At least so many bytes, and what else is at hand after them; fewer only at the end. */
  async upTo(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(position + length, this.size);
    if (position >= end) return new Uint8Array(0);
    if (position < this.#start || end > this.#start + this.#window.length) {
      await this.#load(position, Math.min(position + Math.max(length, WINDOW), this.size));
    }
    return this.#window.subarray(position - this.#start);
  }

  /** @throws EndsEarly when there are not so many */
  async at(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (position + length > this.size) throw new EndsEarly();
    return (await this.upTo(position, length)).subarray(0, length);
  }

  async #load(start: number, end: number): Promise<void> {
    const window = await gather(this.#source.read(start, end), end - start);
    this.#window = window;
    this.#start = start;
  }
}
