import type { Id } from "../../protocol/model.ts";
import type { Sql } from "../open.ts";

/**
 * Its owner holds a file no longer. What messages and pictures of people and groups hold stays; what
 * nobody does is swept away later.
 * @returns false where they have no such file
 */
export async function letGo(sql: Sql, owner: Id, id: Id): Promise<boolean> {
  const rows = await sql`
    update files set kept = false where id = ${id} and owner_id = ${owner} returning id`;
  return rows.length > 0;
}
