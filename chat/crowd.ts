import { notMember } from "../lib/errors.ts";
import { LIMITS } from "../lib/protocol/codes.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { Membership } from "../lib/sql/members.ts";
import type { Memberships } from "./memberships.ts";

/** Whether there are too many members to tell each what each of the others does besides talking. */
export function isCrowd({ members }: Membership): boolean {
  return members.size > LIMITS.receiptMembers;
}

/**
 * Whether the person is one of many, by what this node knows: mostly without a query, and wrong for a
 * moment after somebody left. So it may only decide about what would have no effect. Whoever is no
 * member as of now is refused here: to ask for them once more would tell, by the work, a conversation
 * that nobody knows from one that exists.
 * @throws AppError `not-member`
 */
export async function isInCrowd(
  memberships: Memberships,
  { conversation, user }: { conversation: Id; user: Id },
): Promise<boolean> {
  const cached = memberships.peek(conversation) !== undefined;
  const membership = (await memberships.get([conversation])).get(conversation);
  const isMember = membership?.members.has(user) ?? false;
  if (!isMember && !cached) throw notMember();
  return membership !== undefined && isMember && isCrowd(membership);
}
