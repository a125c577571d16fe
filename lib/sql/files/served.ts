import type { Id } from "../../protocol/model.ts";
import type { Sql } from "../open.ts";
import { readableBy } from "./readable.ts";

/** What of a file a download needs to know. */
export type ServedFile = {
  content: Id;
  name: string;
  /** By what is in it. */
  type: string;
  size: number;
  /** In hex. */
  sha256: string;
};

/** Undefined where `user` may not read it, or it is not there: nobody can tell which. */
export async function readServedFile(
  sql: Sql,
  user: Id,
  id: Id,
): Promise<ServedFile | undefined> {
  const [file] = await sql<ServedFile[]>`
    select c.id as content, f.name, c.type, c.size, encode(c.sha256, 'hex') as sha256
    from files f join contents c on c.id = f.content_id
    where f.id = ${id} and ${readableBy(sql, user, "f")}`;
  return file;
}

/** A small picture. Its object is never written again, so its name says what is in it. */
export type ServedThumbnail = { object: Id; type: string; size: number };

/** Undefined also where the file has none. */
export async function readServedThumbnail(
  sql: Sql,
  user: Id,
  id: Id,
): Promise<ServedThumbnail | undefined> {
  const [thumbnail] = await sql<ServedThumbnail[]>`
    select o.id as object, o.type, o.size from objects o join files f on f.id = o.thumbnail_of
    where f.id = ${id} and o.size is not null and ${readableBy(sql, user, "f")}`;
  return thumbnail;
}
