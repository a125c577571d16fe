import { AppError } from "../../errors.ts";
import { newId } from "../../ids.ts";
import type { Id } from "../../protocol/model.ts";
import { addPieces, reservePiece } from "../../sql/files/objects.ts";
import type { StoredObject } from "../content_source.ts";
import { LARGEST_OBJECT } from "../object_store.ts";
import type { Checksum } from "./checksum.ts";
import type { Pull } from "./pull.ts";
import { dropObjects, storeObject, type StoreParts } from "./store_object.ts";

/** Milliseconds after which an object ends though it could hold more: what comes slowly counts as well. */
const OBJECT_TAKES = 20_000;
/** Milliseconds for what counts only once all of it has come: after an hour it would be swept away. */
const CHECKED_WITHIN = 45 * 60_000;

/** One request's part of an upload. */
export type Receiving = {
  readonly upload: Id;
  readonly writer: Id;
  readonly offset: number;
  readonly checksum: Checksum | undefined;
  /** Asked before each object. @throws AppError where its sender may not go on */
  readonly mayGoOn: () => Promise<void>;
};

/**
 * Takes what comes into objects, each of which counts once it is safe; with a checksum none does before
 * all have matched it. What came before a connection broke counts as well.
 * @returns how far the upload is
 * @throws AppError, and whatever ended `pull` before its end
 */
export async function receive(
  parts: StoreParts,
  receiving: Receiving,
  pull: Pull,
): Promise<number> {
  const { checksum } = receiving;
  const waiting: StoredObject[] = [];
  const until = parts.clock.now() + CHECKED_WITHIN;
  let offset = receiving.offset;
  try {
    for (let next = await pull.next(); next !== undefined;) {
      const first = next;
      if (checksum !== undefined && parts.clock.now() >= until) {
        throw new AppError(
          "too-large",
          "a request with Upload-Checksum may take 45 minutes; send less in one",
        );
      }
      const { piece, rest } = await parts.turns.take(async () => {
        await receiving.mayGoOn();
        return await writePiece(parts, receiving, offset, first, pull);
      });
      waiting.push(piece);
      offset += piece.size;
      if (checksum === undefined) await count(parts, receiving, waiting.splice(0));
      next = rest ?? await pull.next();
    }
    if (pull.broken !== undefined) throw pull.broken.error;
    checksum?.check();
    await count(parts, receiving, waiting.splice(0));
    return offset;
  } finally {
    await dropObjects(parts, waiting.map(({ id }) => id));
  }
}

/** Where the answer is lost they may count, so they stay: if they do not, they are swept away. */
async function count(
  parts: StoreParts,
  { upload, writer }: Receiving,
  pieces: readonly StoredObject[],
): Promise<void> {
  if (await addPieces(parts.sql, { upload, writer, pieces })) return;
  await dropObjects(parts, pieces.map(({ id }) => id));
  throw new AppError("conflict", "another request goes on with this upload, or it has ended");
}

/** As much as comes in time and has room, from `first` on; `rest` is what had none. */
async function writePiece(
  parts: StoreParts,
  { upload, checksum }: Receiving,
  start: number,
  first: Uint8Array<ArrayBuffer>,
  pull: Pull,
): Promise<{ piece: StoredObject; rest: Uint8Array<ArrayBuffer> | undefined }> {
  const { sql, clock } = parts;
  const id = newId();
  if (!await reservePiece(sql, { id, upload, start })) {
    throw new AppError("conflict", "this upload came in too many small pieces, or has ended");
  }
  const until = clock.now() + OBJECT_TAKES;
  return await storeObject(parts, id, async (object) => {
    let size = 0;
    let rest: Uint8Array<ArrayBuffer> | undefined = first;
    while (rest !== undefined) {
      const taken: Uint8Array<ArrayBuffer> = rest.subarray(0, LARGEST_OBJECT - size);
      checksum?.update(taken);
      await object.write(taken);
      size += taken.length;
      rest = taken.length < rest.length ? rest.subarray(taken.length) : undefined;
      if (size === LARGEST_OBJECT || clock.now() >= until) break;
      // Others wait for this turn.
      rest ??= await pull.soon();
    }
    return { piece: { id, start, size }, rest };
  });
}
