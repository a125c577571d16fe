import type { ByteSource } from "../../lib/files/byte_source.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** A source that counts what is read of it. */
export interface CountedSource extends ByteSource {
  readonly bytesRead: number;
  readonly readings: number;
}

/** Bytes in memory; they come in pieces, as those of a store do. */
export function sourceOf(bytes: Bytes, piece = 1_000): CountedSource {
  let bytesRead = 0;
  let readings = 0;
  return {
    size: bytes.length,
    get bytesRead() {
      return bytesRead;
    },
    get readings() {
      return readings;
    },

    async *read(start, end) {
      readings++;
      if (start < 0 || end > bytes.length || start >= end) throw new Error(`${start} to ${end}?`);
      for (let at = start; at < end; at += piece) {
        const part = bytes.slice(at, Math.min(at + piece, end));
        bytesRead += part.length;
        yield part;
      }
    },
  };
}

export async function allOf(parts: AsyncIterable<Bytes>): Promise<Bytes> {
  return new Uint8Array(await new Response(ReadableStream.from(parts)).arrayBuffer());
}

export function joined(...parts: (string | ArrayLike<number>)[]): Bytes {
  const encoder = new TextEncoder();
  const bytes = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part);
  const whole = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How often `part` is in `whole`. */
export function occurrences(whole: Bytes, part: string): number {
  return new TextDecoder("latin1").decode(whole).split(part).length - 1;
}

/** Big-endian, unless said otherwise. */
export function int(value: number, length: number, order: "big" | "little" = "big"): Bytes {
  const bytes = Array.from({ length }, (_, n) => Math.floor(value / 256 ** n) % 256);
  return new Uint8Array(order === "big" ? bytes.reverse() : bytes);
}
