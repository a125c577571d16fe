import type { Id } from "../../protocol/model.ts";
import type { Sql } from "../open.ts";
import { removeIfUnheld } from "./sweep.ts";

/**
 * Its owner holds a file no longer. What messages and pictures of people and groups hold stays; what
 * nobody does is gone, so that there is room for another one.
 * @returns false where they have no such file
 */
export async function letGo(sql: Sql, owner: Id, id: Id): Promise<boolean> {
  const rows = await sql`
    update files set kept = false where id = ${id} and owner_id = ${owner} returning id`;
  if (rows.length === 0) return false;
  await removeIfUnheld(sql, [id]);
  return true;
}
