/** Files without an upload: of content that is here already. */
import { newId } from "../../ids.ts";
import type { Id } from "../../protocol/model.ts";
import { inTransaction } from "../in_transaction.ts";
import { inTurn } from "../in_turn.ts";
import type { Sql } from "../open.ts";
import { roomOf, takeRoom } from "./quota.ts";
import { readableBy } from "./readable.ts";

/** A content by what somebody says of it. */
export type SaidContent = {
  /** In hex. */
  readonly sha256: string;
  readonly size: number;
};

export type KnownContent = {
  id: Id;
  /** Bytes that are kept of it. */
  size: number;
  /** By what is in it. */
  type: string;
  /** Whether `user` may read it already, in whatever file. */
  readable: boolean;
  /** Whether it came as was said. Otherwise something was taken out of what came, and is not here. */
  exact: boolean;
};

/** Files of a content that are looked at for one that somebody may read. */
const LOOKED_AT = 200;

/**
 * A content that thousands hold may be readable by a file that was not looked at: then whoever asks is
 * taken for one who may not, and shows that they have it, or uploads it.
 */
export async function findContent(
  sql: Sql,
  user: Id,
  { sha256, size }: SaidContent,
): Promise<KnownContent | undefined> {
  const [content] = await sql<KnownContent[]>`
    with found as (
      select id, true as exact from contents
      where sha256 = decode(${sha256}, 'hex') and size = ${size}
      union all
      select content_id, false from content_originals
      where sha256 = decode(${sha256}, 'hex') and size = ${size}
    )
    select c.id, c.size, c.type, found.exact, (
        exists (select from files own where own.content_id = c.id and own.owner_id = ${user})
        or exists (
          select from (select * from files where content_id = c.id limit ${LOOKED_AT}) f
          where ${readableBy(sql, user, "f")})
      ) as readable
    from found join contents c on c.id = found.id
    order by found.exact desc limit 1`;
  return content;
}

/**
 * A person's own file of a content.
 * @returns its id; undefined where the content has just been swept away
 * @throws AppError `too-large` where they have no room for it
 */
export async function linkContent(
  sql: Sql,
  { owner, content, name, quota }: { owner: Id; content: Id; name: string; quota: number },
): Promise<Id | undefined> {
  return await inTurn(sql, owner, () =>
    inTransaction(sql, async (tx) => {
      // Nobody sweeps it away from here on.
      const [row] = await tx<{ size: number }[]>`
        select size from contents where id = ${content} for key share`;
      if (row === undefined) return undefined;
      await takeRoom(tx, owner, roomOf(row.size), quota);
      const id = newId();
      await tx`
        insert into files (id, owner_id, content_id, name, room)
        values (${id}, ${owner}, ${content}, ${name}, ${roomOf(row.size)})`;
      return id;
    }));
}
