import { AppError } from "../../errors.ts";
import { LIMITS } from "../../protocol/codes.ts";
import type { Id } from "../../protocol/model.ts";
import type { Transaction } from "../open.ts";

/**
 * Counts the members of a locked group anew and gives who may do what there a new version, before
 * the log says what happened: so whoever was removed is not among those who are told.
 * @throws AppError when there are too many
 */
export async function membersChanged(tx: Transaction, conversation: Id): Promise<void> {
  const [row] = await tx<{ memberCount: number }[]>`
    update conversations set members_rev = members_rev + 1,
      member_count = (select count(*) from members where conversation_id = ${conversation})
    where id = ${conversation} returning member_count`;
  if (row !== undefined && row.memberCount > LIMITS.groupMembers) {
    throw new AppError("conflict", `a group has at most ${LIMITS.groupMembers} members`);
  }
}
