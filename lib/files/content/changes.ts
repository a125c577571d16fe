import type { ByteSource } from "../byte_source.ts";
import type { Box } from "./boxes.ts";
import { Pieces } from "./pieces.ts";

/** Bytes that something else of the same length stands for: zeros, if it does not say what. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

const FREE = new TextEncoder().encode("free");

/**
 * Room that nobody uses, where there was something. What comes after it stays where it was: tables in
 * such files tell places by their distance from the beginning.
 */
export function freed({ start, body, end }: Box): Change[] {
  return [{ start: start + 4, end: start + 8, bytes: FREE }, { start: body, end }];
}

/** Undefined when two of them are about the same bytes. */
export function changed(source: ByteSource, changes: readonly Change[]): Pieces | undefined {
  const pieces = new Pieces(source);
  let done = 0;
  for (const { start, end, bytes } of changes.toSorted((a, b) => a.start - b.start)) {
    if (start < done) return undefined;
    pieces.take(done, start);
    if (bytes === undefined) pieces.blank(end - start);
    else pieces.put(bytes);
    done = end;
  }
  pieces.take(done, source.size);
  return pieces;
}
