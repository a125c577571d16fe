import { createHash } from "node:crypto";
import { newId } from "../../ids.ts";
import { reserveObject } from "../../sql/files/objects.ts";
import type { StoredObject } from "../content_source.ts";
import { LARGEST_OBJECT } from "../object_store.ts";
import { dropObjects, storeObject, type StoreParts } from "./store_object.ts";

/** Writes what was found fit to be kept, before anybody holds it. */
export async function writeKept(
  parts: StoreParts,
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<{ pieces: StoredObject[]; sha256: string }> {
  const pieces: StoredObject[] = [];
  const hash = createHash("sha256");
  const source = bytes[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await source.next();
    return done ? undefined : value;
  };
  let start = 0;
  try {
    for (let rest = await next(); rest !== undefined;) {
      const id = newId();
      await reserveObject(parts.sql, id);
      const size = await parts.turns.take(() =>
        storeObject(parts, id, async (object) => {
          let size = 0;
          while (rest !== undefined && size < LARGEST_OBJECT) {
            const taken: Uint8Array<ArrayBuffer> = rest.subarray(0, LARGEST_OBJECT - size);
            hash.update(taken);
            await object.write(taken);
            size += taken.length;
            rest = taken.length < rest.length ? rest.subarray(taken.length) : await next();
          }
          return size;
        })
      );
      pieces.push({ id, start, size });
      start += size;
    }
    return { pieces, sha256: hash.digest("hex") };
  } catch (error) {
    await dropObjects(parts, pieces.map(({ id }) => id));
    throw error;
  } finally {
    await source.return?.();
  }
}
