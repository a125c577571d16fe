/**
 * Removes what nobody holds: in steps that may be done again, by any process and by several at once.
 * Whoever takes hold of something meanwhile has its row locked, which is passed over, or finds it gone.
 */
import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import { arrayLiteral, type Fragment, type Queries, type Sql } from "../open.ts";
import { isHeld } from "./held.ts";
import { UPLOAD_HOURS } from "./uploads.ts";

/** Days for which a file stays that its owner holds, and nobody sent. */
const UNSENT_DAYS = 7;
/** Files that are looked at in one step, and objects that are removed in one. */
const FILES = 1_000;
const OBJECTS = 100;
/** Minutes after which whoever wrote an object is done with it, or dead. */
const WRITING_MINUTES = 60;

/** Uploads that nobody goes on with. What they consist of is nobody's then. */
export async function removeStaleUploads(sql: Sql): Promise<number> {
  const rows = await sql`
    delete from uploads where id in (
      select id from uploads
      where touched_at < clock_timestamp() - make_interval(hours => ${UPLOAD_HOURS})
      order by touched_at limit ${FILES} for update skip locked)
    returning id`;
  return rows.length;
}

/**
 * Files that no message and no picture of anybody holds, and that their owners let go of or never sent,
 * and what only they consisted of.
 * @param after where the last step ended; undefined for the first
 * @returns where this one did; undefined where there are no more
 */
export async function removeUnheldFiles(
  sql: Sql,
  after: Id | undefined,
): Promise<{ removed: number; next: Id | undefined }> {
  const seen = await sql<{ id: Id; unheld: boolean }[]>`
    with page as (
      select f.* from files f where ${after ?? null}::uuid is null or f.id > ${after ?? null}::uuid
      order by f.id limit ${FILES}
    )
    select f.id, ${isUnheld(sql)} as unheld from page f order by f.id`;
  const next = seen.length < FILES ? undefined : seen.at(-1)?.id;
  const unheld = seen.filter(({ unheld }) => unheld).map(({ id }) => id);
  return { removed: unheld.length === 0 ? 0 : await removeIfUnheld(sql, unheld), next };
}

/** Those of them that nobody holds, and what only they consisted of. @returns how many those were */
export async function removeIfUnheld(sql: Sql, files: readonly Id[]): Promise<number> {
  const ids = arrayLiteral(files);
  return await inTransaction(sql, async (tx) => {
    const locked = await tx<{ id: Id }[]>`
      select id from files where id = any(${ids}::uuid[]) order by id for update skip locked`;
    // Only now nobody can take hold of them.
    const gone = await tx<{ content: Id }[]>`
      delete from files f
      where id = any(${arrayLiteral(locked.map(({ id }) => id))}::uuid[]) and ${isUnheld(tx)}
      returning content_id as content`;
    const contents = arrayLiteral([...new Set(gone.map(({ content }) => content))]);
    // In a statement of its own: who takes away the other file of a content at this moment holds this.
    await tx`select from contents where id = any(${contents}::uuid[]) order by id for update`;
    await tx`
      delete from contents c where id = any(${contents}::uuid[])
        and not exists (select from files f where f.content_id = c.id)`;
    return gone.length;
  });
}

function isUnheld(sql: Queries): Fragment {
  return sql`(
    (not f.kept or f.created_at < clock_timestamp() - make_interval(days => ${UNSENT_DAYS}))
    and not ${isHeld(sql)})`;
}

/**
 * Objects that nobody holds. From now on nobody can take hold of them, so that they may be removed from
 * the store; who does that forgets them after it (`forgetObjects`).
 */
export async function doomObjects(sql: Sql): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    update objects set doomed = true, upload_id = null where id in (
      select id from objects
      where (upload_id is null and content_id is null and thumbnail_of is null
          and preview_of is null or size is null)
        and (size is not null
          or created_at < clock_timestamp() - make_interval(mins => ${WRITING_MINUTES}))
      order by created_at limit ${OBJECTS} for update skip locked)
    returning id`;
  return rows.map(({ id }) => id);
}
