import type { StoredObject } from "../../files/content_source.ts";
import type { Id } from "../../protocol/model.ts";
import type { Queries } from "../open.ts";

/** The objects of a content that hold any of its bytes from `start` up to `end`, in their order. */
export async function readContentObjects(
  sql: Queries,
  content: Id,
  start: number,
  end: number,
): Promise<StoredObject[]> {
  return await sql<StoredObject[]>`
    select id, start, size from objects
    where content_id = ${content} and size > 0
      and start < ${end} and start + size > ${start}
    order by start`;
}
