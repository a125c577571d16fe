import { type Audience, NAMED } from "../lib/bus/audience.ts";
import { messageOf } from "../lib/errors.ts";
import type { Id } from "../lib/protocol/model.ts";
import { readSomeMembers } from "../lib/sql/members.ts";
import type { Gate } from "./context.ts";

/**
 * Whom news of a group have to reach, after the commit. It must not fail any more then: where the
 * database cannot say, everybody is told.
 */
export async function readAudience(
  { sql, log }: Pick<Gate, "sql" | "log">,
  group: Id,
  came: readonly Id[],
): Promise<Audience> {
  // Whoever comes into a large group may be on a node that does not follow it yet.
  if (came.length > NAMED) return "all";
  try {
    const some = await readSomeMembers(sql, group, NAMED + 1);
    return some.length > NAMED ? { users: came, group: true } : { users: some };
  } catch (error) {
    log.warn("group.told-to-all", { error: messageOf(error) });
    return "all";
  }
}
