import type { ByteSource } from "../byte_source.ts";

/** Of which only so much is read in all: whoever reads on is told that there is an error. */
export interface BoundedSource extends ByteSource {
  /** From now on no more than so much. */
  bound(most: number): void;
}

export function boundedSource(source: ByteSource, most: number): BoundedSource {
  let left = most;
  return {
    size: source.size,
    bound: (more) => void (left = Math.min(left, more)),
    read: (start, end) => {
      left -= end - start;
      if (left < 0) throw new Error("more was asked for than is read of a source");
      return source.read(start, end);
    },
  };
}
