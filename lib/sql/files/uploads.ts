/** Files on their way here. What they consist of is in objects.ts. */
import { AppError } from "../../errors.ts";
import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import { inTurn } from "../in_turn.ts";
import { arrayLiteral, type Sql } from "../open.ts";
import { roomOf, takeRoom } from "./quota.ts";

/** Uploads of one person that are not whole. */
const UNFINISHED = 100;
/** Hours for which one is kept that nobody goes on with. */
export const UPLOAD_HOURS = 24;
/** Minutes after which one of which nothing was sent gives way to its owner's next one. */
const UNHEARD_MINUTES = 10;

export type NewUpload = {
  readonly id: Id;
  readonly owner: Id;
  readonly size: number;
  readonly name: string;
  readonly type: string | undefined;
  /** In hex. */
  readonly sha256: string | undefined;
  /** `Upload-Metadata` as it came. */
  readonly metadata: string;
};

export type Upload = Omit<NewUpload, "type" | "sha256"> & {
  readonly received: number;
  readonly type: string | null;
  readonly sha256: string | null;
  readonly partial: boolean;
  /** Of which parts it was put together. */
  readonly parts: Id[] | null;
  readonly expiresAt: string;
};

/** @throws AppError `too-large` where there is no room for it, `conflict` where there are too many */
export async function createUpload(
  sql: Sql,
  upload: NewUpload & { readonly partial: boolean },
  quota: number,
): Promise<void> {
  const { id, owner, size, name, type, sha256, metadata, partial } = upload;
  await inTurn(sql, owner, () =>
    inTransaction(sql, async (tx) => {
      // Of most of these the answer was lost, and nobody knows where they are. One that somebody knows
      // of has no byte yet: they begin it anew.
      await tx`
        delete from uploads
        where owner_id = ${owner} and writer is null and size > 0 and parts is null
          and touched_at < clock_timestamp() - make_interval(mins => ${UNHEARD_MINUTES})`;
      await takeRoom(tx, owner, roomOf(size), quota);
      const [row] = await tx<{ count: number }[]>`
        select count(*)::int as count from uploads where owner_id = ${owner}`;
      if ((row?.count ?? 0) >= UNFINISHED) {
        throw new AppError(
          "conflict",
          `${UNFINISHED} of your uploads are unfinished; finish or delete some first`,
        );
      }
      await tx`
        insert into uploads (id, owner_id, size, name, type, sha256, metadata, partial)
        values (${id}, ${owner}, ${size}, ${name}, ${type ?? null},
          decode(${sha256 ?? null}::text, 'hex'), ${metadata}, ${partial})`;
    }));
}

/** Undefined also where it is somebody else's. */
export async function readUpload(sql: Sql, owner: Id, id: Id): Promise<Upload | undefined> {
  const [row] = await sql<Upload[]>`
    select id, owner_id as owner, size, received, name, type, encode(sha256, 'hex') as sha256,
      metadata, partial, to_json(parts) as parts,
      touched_at + make_interval(hours => ${UPLOAD_HOURS}) as expires_at
    from uploads where id = ${id} and owner_id = ${owner}`;
  return row;
}

/**
 * From now on `writer` writes to it, from `offset` on; whoever did before counts no more.
 * @returns false where the upload has another offset, or is gone
 */
export async function beginWriting(
  sql: Sql,
  { id, writer, offset }: { id: Id; writer: Id; offset: number },
): Promise<boolean> {
  const rows = await sql`
    update uploads set writer = ${writer}, touched_at = clock_timestamp()
    where id = ${id} and received = ${offset} and parts is null
    returning id`;
  return rows.length > 0;
}

/** What it consists of belongs to nobody then, and is swept away. */
export async function removeUpload(sql: Sql, owner: Id, id: Id): Promise<boolean> {
  const rows = await sql`
    delete from uploads where id = ${id} and owner_id = ${owner} returning id`;
  return rows.length > 0;
}

/**
 * Puts whole parts together: no byte is copied, their objects are counted anew. The parts are gone then.
 * Done already, it is done.
 * @param largest bytes that a file may have. The parts stay where they are more
 * @throws AppError `invalid` where a part is not whole, is none or is not the owner's; `too-large`
 */
export async function putTogether(
  sql: Sql,
  whole: Omit<NewUpload, "size">,
  parts: readonly Id[],
  largest: number,
): Promise<void> {
  const { id, owner, name, type, sha256, metadata } = whole;
  await inTransaction(sql, async (tx) => {
    const ids = arrayLiteral(parts);
    const found = await tx<{ id: Id; size: number; received: number; partial: boolean }[]>`
      select id, size, received, partial from uploads
      where id = any(${ids}::uuid[]) and owner_id = ${owner} order by id for update`;
    if (found.length < parts.length) {
      // Put together before, by who did not hear of it. The parts went in the same transaction.
      const before = await tx`
        select from uploads where id = ${id} union all select from files where id = ${id}`;
      if (before.length > 0) return;
    }
    const byId = new Map(found.map((part) => [part.id, part]));
    let start = 0;
    const starts = parts.map((part) => {
      const row = byId.get(part);
      if (row === undefined || !row.partial) throw badPart(part, "is no part of yours");
      if (row.received < row.size) {
        throw badPart(part, `has ${row.received} of its ${row.size} bytes`);
      }
      const before = start;
      start += row.size;
      return { id: part, start: before };
    });
    refuseTooLarge(start, largest);
    await tx`
      insert into uploads (id, owner_id, size, received, name, type, sha256, metadata, parts)
      values (${id}, ${owner}, ${start}, ${start}, ${name}, ${type ?? null},
        decode(${sha256 ?? null}::text, 'hex'), ${metadata}, ${ids}::uuid[])`;
    await tx`
      update objects o set upload_id = ${id}, start = o.start + p.start
      from jsonb_to_recordset(${tx.json(starts)}::jsonb) as p (id uuid, start bigint)
      where o.upload_id = p.id and o.size is not null`;
    await tx`delete from uploads where id = any(${ids}::uuid[]) and id <> ${id}`;
  });
}

/** @throws AppError `too-large`. In digits, as a sender may have written it. */
export function refuseTooLarge(size: number | string, largest: number): void {
  if (Number(size) <= largest) return;
  throw new AppError("too-large", `a file may have at most ${largest} bytes, not ${size}`);
}

function badPart(id: Id, problem: string): AppError {
  return new AppError("invalid", "these cannot be put together", {
    errors: [{ path: "Upload-Concat", message: `${id} ${problem}` }],
  });
}
