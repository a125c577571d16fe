import { AppError } from "../errors.ts";
import type { Id } from "../protocol/model.ts";
import type { ByteSource } from "./byte_source.ts";
import type { ObjectStore } from "./object_store.ts";

/** A whole object, and where it begins in what it is a part of. */
export type StoredObject = { readonly id: Id; readonly start: number; readonly size: number };

/**
 * What objects hold between them, as one. They are read one after another, each only when the one before
 * it was taken, so that no more is in memory than what the store reads at once.
 * @param objects in their order; those that hold nothing of what is read may be left out
 */
export function contentSource(
  store: Pick<ObjectStore, "read">,
  objects: readonly StoredObject[],
  size: number,
): ByteSource {
  return {
    size,
    read: async function* (start, end) {
      let at = start;
      for (const object of objects) {
        if (at >= end) return;
        const objectEnd = object.start + object.size;
        if (objectEnd <= at) continue;
        // A gap, which nobody may take for what comes behind it.
        if (object.start > at) break;
        const until = Math.min(end, objectEnd);
        yield* store.read(object.id, at - object.start, until - object.start);
        at = until;
      }
      if (at < end) throw new AppError("unavailable", "a part of this file is not here");
    },
  };
}
