import type { Clock } from "../../clock.ts";
import type { Id } from "../../protocol/model.ts";
import { forgetObjects } from "../../sql/files/objects.ts";
import type { Sql } from "../../sql/open.ts";
import type { Turns } from "../../turns.ts";
import type { ObjectStore, ObjectWriter } from "../object_store.ts";

export type StoreParts = {
  readonly sql: Sql;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** For as many objects as may be under way: one may hold all its bytes in memory. */
  readonly turns: Turns;
};

/**
 * The object `id`, whose row is there, is whole and safe after `write`, or is not there. Where its end
 * failed the row stays: a server that gave no answer may carry it out later than anything that is done
 * now, and the sweep removes it in an hour.
 */
export async function storeObject<T>(
  parts: Pick<StoreParts, "sql" | "store">,
  id: Id,
  write: (object: ObjectWriter) => Promise<T>,
): Promise<T> {
  let isEnding = false;
  try {
    const object = await parts.store.create(id);
    try {
      const result = await write(object);
      isEnding = true;
      await object.finish();
      return result;
    } catch (error) {
      await object.abandon().catch(() => {});
      throw error;
    }
  } catch (error) {
    if (!isEnding) await dropObjects(parts, [id]);
    throw error;
  }
}

/** Removes what nobody took hold of. Where that does not work it is swept away later. */
export async function dropObjects(
  { sql, store }: Pick<StoreParts, "sql" | "store">,
  ids: readonly Id[],
): Promise<void> {
  if (ids.length === 0) return;
  try {
    for (const id of ids) await store.remove(id);
    await forgetObjects(sql, ids);
  } catch {
    // The store or the database is away, which those report who need it.
  }
}
