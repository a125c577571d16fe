import type { ByteSource } from "../byte_source.ts";

/** Bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    size: bytes.length,
    async *read(start, end) {
      yield await Promise.resolve(bytes.subarray(start, end));
    },
  };
}

/** All of what is known to be small. */
export async function gather(
  parts: AsyncIterable<Uint8Array<ArrayBuffer>>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(size);
  let filled = 0;
  for await (const bytes of parts) {
    whole.set(bytes, filled);
    filled += bytes.length;
  }
  return whole;
}
