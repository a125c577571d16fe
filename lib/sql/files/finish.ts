import type { StoredObject } from "../../files/content_source.ts";
import { newId } from "../../ids.ts";
import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";
import { holdPieces, movePieces } from "./objects.ts";
import { roomOf } from "./quota.ts";

/** What was found in an upload's bytes. */
export type Found = {
  /** Of what came, in hex. */
  readonly sha256: string;
  readonly type: string;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly duration?: number | undefined;
  /** What is kept instead, where something was taken out. */
  readonly kept?: { readonly sha256: string; readonly pieces: readonly StoredObject[] } | undefined;
};

/**
 * An upload becomes a file, under the same id. Where the same content is here already, that is linked
 * and what came belongs to nobody.
 * @returns whether what came, or was kept of it, is what the file consists of now. It is not where the
 *   upload is gone: somebody else did this, or ended it
 */
export async function finishUpload(sql: Sql, upload: Id, found: Found): Promise<boolean> {
  const { kept } = found;
  return await inTransaction(sql, async (tx) => {
    const [row] = await tx<{ owner: Id; size: number; name: string }[]>`
      select owner_id as owner, size, name from uploads
      where id = ${upload} and received = size and not partial for update`;
    if (row === undefined) return false;
    const size = kept?.pieces.reduce((sum, piece) => sum + piece.size, 0) ?? row.size;
    const id = newId();
    // Takes the lock on what is there, so that it is not swept away before it is linked.
    const [content] = await tx<{ id: Id }[]>`
      insert into contents (id, sha256, size, type, width, height, duration)
      values (${id}, decode(${kept?.sha256 ?? found.sha256}, 'hex'), ${size}, ${found.type},
        ${found.width ?? null}, ${found.height ?? null}, ${found.duration ?? null})
      on conflict (sha256) do update set sha256 = excluded.sha256
      returning id`;
    if (content === undefined) throw new Error("a content is neither there nor inserted");
    if (content.id === id && kept === undefined) await movePieces(tx, upload, id);
    if (content.id === id && kept !== undefined && !await holdPieces(tx, id, kept.pieces)) {
      throw new Error("what was to be kept was swept away before it was");
    }
    if (kept !== undefined) {
      await tx`
        insert into content_originals (sha256, size, content_id)
        values (decode(${found.sha256}, 'hex'), ${row.size}, ${content.id})
        on conflict do nothing`;
    }
    await tx`
      insert into files (id, owner_id, content_id, name, room)
      values (${upload}, ${row.owner}, ${content.id}, ${row.name}, ${roomOf(size)})`;
    await tx`delete from uploads where id = ${upload}`;
    return content.id === id;
  });
}

/** The size of somebody's whole file, for who asks how far its upload is. */
export async function readWholeSize(sql: Sql, owner: Id, id: Id): Promise<number | undefined> {
  const [row] = await sql<{ size: number }[]>`
    select c.size from files f join contents c on c.id = f.content_id
    where f.id = ${id} and f.owner_id = ${owner} and f.kept`;
  return row?.size;
}
