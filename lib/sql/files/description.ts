import { AppError } from "../../errors.ts";
import { LIMITS } from "../../protocol/codes.ts";
import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import { inTurn } from "../in_turn.ts";
import type { Sql, Transaction } from "../open.ts";
import { isHeld } from "./held.ts";
import { takeRoom } from "./quota.ts";

/** What somebody's own file is by its content, to hold what is said of it against. */
export type OwnContent = {
  type: string;
  width: number | null;
  height: number | null;
  duration: number | null;
};

export async function readOwnContent(
  sql: Sql,
  owner: Id,
  id: Id,
): Promise<OwnContent | undefined> {
  const [content] = await sql<OwnContent[]>`
    select c.type, c.width, c.height, c.duration
    from files f join contents c on c.id = f.content_id
    where f.id = ${id} and f.owner_id = ${owner}`;
  return content;
}

export type FileDescription = {
  readonly placeholder?: string;
  readonly waveform?: string;
  readonly duration?: number;
  /** Its object is whole and nobody's. */
  readonly thumbnail?: { readonly object: Id; readonly type: string; readonly size: number };
};

/**
 * Takes the place of what was said before: what is not named is gone, and an earlier small picture is
 * nobody's and swept away. A small picture takes up room as well. It is what people look at, also in
 * messages that others sent on, and in conversations that its owner is not in: once others are shown
 * the file, it stays as it is.
 * @throws AppError `conflict` where they are, `too-large` where there is no room for it, `unavailable`
 *   where it was swept away meanwhile
 * @returns false where they have no such file any more
 */
export async function describeFile(
  sql: Sql,
  owner: Id,
  id: Id,
  said: FileDescription,
  quota: number,
): Promise<boolean> {
  const { placeholder = null, waveform = null, duration = null, thumbnail } = said;
  const describe = async (tx: Transaction) => {
    const [before] = await tx<{ size: number }[]>`
      select size from objects where thumbnail_of = ${id}`;
    const more = (thumbnail?.size ?? 0) - (before?.size ?? 0);
    if (more > 0) await takeRoom(tx, owner, more, quota);
    // Whoever sends it from here on waits.
    const own = await tx`
      select from files where id = ${id} and owner_id = ${owner} for update`;
    if (own.length === 0) return false;
    const [file] = await tx<{ held: boolean }[]>`
      select ${isHeld(tx)} as held from files f where f.id = ${id}`;
    if (file?.held !== false) {
      throw new AppError("conflict", "others are shown this file; it stays as it is");
    }
    await tx`
      update files set placeholder = ${placeholder}, waveform = ${waveform}, duration = ${duration},
        room = greatest(c.size, ${LIMITS.fileRoom}) + ${thumbnail?.size ?? 0}
      from contents c where files.id = ${id} and c.id = content_id`;
    await tx`update objects set thumbnail_of = null where thumbnail_of = ${id}`;
    if (thumbnail === undefined) return true;
    const { object, type, size } = thumbnail;
    const held = await tx`
      update objects set thumbnail_of = ${id}, type = ${type}, size = ${size}
      where id = ${object} and size is null and not doomed returning id`;
    if (held.length > 0) return true;
    // Nothing of it is said then.
    throw new AppError("unavailable", "this took too long, and can be said again");
  };
  return await inTurn(sql, owner, () => inTransaction(sql, describe));
}
