import { type Audience, FOLLOWED, NAMED } from "../lib/bus/audience.ts";
import { messageOf } from "../lib/errors.ts";
import { readSomeMembers } from "../lib/sql/members.ts";
import type { GroupNews } from "../lib/sql/groups/group_news.ts";
import type { Gate } from "./context.ts";

/**
 * Whom news of a group have to reach, after the commit. It must not fail any more then: where the
 * database cannot say, everybody is told.
 */
export async function readAudience(
  { sql, log }: Pick<Gate, "sql" | "log">,
  { shared: { id, memberCount }, came = [] }: Pick<GroupNews, "shared" | "came">,
): Promise<Audience> {
  // Whoever comes into a large group may be on a node that does not follow it yet.
  if (came.length > NAMED) return "all";
  if (memberCount > NAMED) {
    // Before so many came it was too small for anybody to follow it.
    if (memberCount - came.length < FOLLOWED) return "all";
    return { users: came, group: true };
  }
  try {
    const some = await readSomeMembers(sql, id, NAMED + 1);
    // It goes on growing.
    return some.length > NAMED ? "all" : { users: some };
  } catch (error) {
    log.warn("group.told-to-all", { error: messageOf(error) });
    return "all";
  }
}
