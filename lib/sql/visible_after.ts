/** Who may read what of a log: all of it where history is visible, else what came after them. */
import type { Membership } from "./members.ts";
import type { Fragment, Queries } from "./open.ts";

/**
 * The position after which somebody may read, from the rows of `conversations` and `members` that
 * are called so.
 */
export function visibleAfter(sql: Queries, conversation: string, member: string): Fragment {
  return sql`case when ${sql(`${conversation}.history_visible`)} then 0
    else ${sql(`${member}.joined_seq`)} end`;
}

/** The same of a membership that was read. */
export function visibleAfterOf(
  { historyVisible }: Pick<Membership, "historyVisible">,
  { joinedSeq }: { joinedSeq: number },
): number {
  return historyVisible ? 0 : joinedSeq;
}
