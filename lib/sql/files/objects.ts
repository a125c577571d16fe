/** Names in the store. There is a row before there is an object, so none is ever left behind. */
import { LARGEST_OBJECT } from "../../files/object_store.ts";
import type { StoredObject } from "../../files/content_source.ts";
import type { Id } from "../../protocol/model.ts";
import { arrayLiteral, type Queries, type Sql, type Transaction } from "../open.ts";

/**
 * Objects of one upload beyond those of full size: as many requests may bring a few bytes each.
 */
const SMALL_PIECES = 20_000;

/** Of nobody, for now: who writes it takes hold of it once it is whole. */
export async function reserveObject(sql: Queries, id: Id): Promise<void> {
  await sql`insert into objects (id) values (${id})`;
}

/** @returns false where the upload consists of too many already */
export async function reservePiece(
  sql: Queries,
  { id, upload, start }: { id: Id; upload: Id; start: number },
): Promise<boolean> {
  const most = SMALL_PIECES + Math.ceil(start / LARGEST_OBJECT);
  const rows = await sql`
    insert into objects (id, upload_id, start)
    select ${id}, u.id, ${start} from uploads u
    where u.id = ${upload} and (select count(*) from objects where upload_id = u.id) < ${most}
    returning id`;
  return rows.length > 0;
}

/**
 * What was written counts from now on, all of it or nothing.
 * @returns false where another request writes to this upload by now, or it is gone
 */
export async function addPieces(
  sql: Queries,
  { upload, writer, pieces }: { upload: Id; writer: Id; pieces: readonly StoredObject[] },
): Promise<boolean> {
  const [first] = pieces;
  if (first === undefined) return true;
  const received = pieces.reduce((sum, { size }) => sum + size, first.start);
  const rows = await sql`
    with said as (
      select * from jsonb_to_recordset(${sql.json(pieces)}::jsonb) as p (id uuid, size bigint)
    ), held as (
      select o.id from objects o
      where o.id in (select id from said) and o.upload_id = ${upload} and not o.doomed for update
    ), moved as (
      update uploads set received = ${received}, touched_at = clock_timestamp()
      where id = ${upload} and writer = ${writer} and received = ${first.start}
        and (select count(*) from held) = ${pieces.length}
      returning id
    )
    update objects o set size = s.size from said s
    where o.id = s.id and o.id in (select id from held) and exists (select from moved)
    returning o.id`;
  return rows.length > 0;
}

export async function readPiecesOfUpload(sql: Queries, upload: Id): Promise<StoredObject[]> {
  return [
    ...await sql<StoredObject[]>`
      select id, start, size from objects where upload_id = ${upload} and size is not null
      order by start`,
  ];
}

/** What nobody took hold of is gone from the store. */
export async function forgetObjects(sql: Sql, ids: readonly Id[]): Promise<void> {
  await sql`
    delete from objects where id = any(${arrayLiteral(ids)}::uuid[])
      and content_id is null and thumbnail_of is null and preview_of is null
      and (doomed or size is null)`;
}

/** What could not be removed now comes after all that can be. */
export async function postponeObjects(sql: Sql, ids: readonly Id[]): Promise<void> {
  await sql`
    update objects set created_at = clock_timestamp()
    where id = any(${arrayLiteral(ids)}::uuid[]) and doomed`;
}

/** Hands an upload's objects to what it has become. */
export async function movePieces(tx: Transaction, upload: Id, content: Id): Promise<void> {
  await tx`
    update objects set content_id = ${content}, upload_id = null
    where upload_id = ${upload} and size is not null`;
}

/** @returns false where one of them is there no more: it took too long, and they were swept away */
export async function holdPieces(
  tx: Transaction,
  content: Id,
  pieces: readonly StoredObject[],
): Promise<boolean> {
  const rows = await tx`
    update objects o set content_id = ${content}, start = p.start, size = p.size
    from jsonb_to_recordset(${tx.json(pieces)}::jsonb) as p (id uuid, start bigint, size bigint)
    where o.id = p.id and o.size is null and not o.doomed
    returning o.id`;
  return rows.length === pieces.length;
}
