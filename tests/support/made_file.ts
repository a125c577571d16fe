/** A file that is nowhere: its bytes are made when somebody wants them, and always the same. */
import { createHash } from "node:crypto";

const BLOCK = 64 * 1024;

export interface MadeFile {
  readonly size: number;
  readonly sha256: string;
  /** From `start` on. `onBytes` hears before each piece where it ends. */
  read(start: number, onBytes?: (end: number) => void): ReadableStream<Uint8Array<ArrayBuffer>>;
}

export function createMadeFile(size: number): MadeFile {
  // Begins like nothing that has a type, and no block is like another one.
  const pattern = new Uint8Array(BLOCK);
  for (let at = 16, state = 1; at < BLOCK; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pattern[at] = state >>> 24;
  }
  const block = (index: number): Uint8Array<ArrayBuffer> => {
    const bytes = pattern.slice(0, Math.min(BLOCK, size - index * BLOCK));
    if (bytes.length >= 16) new DataView(bytes.buffer).setUint32(8, index);
    return bytes;
  };
  const hash = createHash("sha256");
  for (let index = 0; index * BLOCK < size; index++) hash.update(block(index));
  return {
    size,
    sha256: hash.digest("hex"),
    read: (start, onBytes) => {
      let at = start;
      return new ReadableStream({
        pull: (controller) => {
          if (at >= size) return controller.close();
          const index = Math.floor(at / BLOCK);
          const bytes = block(index).subarray(at - index * BLOCK);
          onBytes?.(at + bytes.length);
          at += bytes.length;
          controller.enqueue(bytes);
        },
      }, { highWaterMark: 0 });
    },
  };
}
