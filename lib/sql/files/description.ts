import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import type { Sql } from "../open.ts";

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
 * nobody's and swept away.
 * @returns false where they have no such file any more, or the small picture was swept away meanwhile
 */
export async function describeFile(
  sql: Sql,
  owner: Id,
  id: Id,
  said: FileDescription,
): Promise<boolean> {
  const { placeholder = null, waveform = null, duration = null, thumbnail } = said;
  return await inTransaction(sql, async (tx) => {
    const own = await tx`
      update files set placeholder = ${placeholder}, waveform = ${waveform}, duration = ${duration}
      where id = ${id} and owner_id = ${owner} returning id`;
    if (own.length === 0) return false;
    await tx`update objects set thumbnail_of = null where thumbnail_of = ${id}`;
    if (thumbnail === undefined) return true;
    const { object, type, size } = thumbnail;
    const held = await tx`
      update objects set thumbnail_of = ${id}, type = ${type}, size = ${size}
      where id = ${object} and size is null and not doomed returning id`;
    return held.length > 0;
  });
}
