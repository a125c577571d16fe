import { LIMITS } from "../lib/protocol/codes.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { Membership } from "../lib/sql/members.ts";
import type { Memberships } from "./memberships.ts";

/** Whether there are too many members to tell each what each of the others does besides talking. */
export function isCrowd({ members }: Membership): boolean {
  return members.size > LIMITS.receiptMembers;
}

/**
 * Whether the person is one of many, by what this node knows: without a query, and wrong for a moment
 * after somebody left. So it may only decide about what would have no effect. It asks for nothing that
 * is not known: by the work nobody can tell a conversation that exists from one that does not.
 */
export function isInCrowd(
  memberships: Pick<Memberships, "peek">,
  { conversation, user }: { conversation: Id; user: Id },
): boolean {
  const membership = memberships.peek(conversation);
  return membership !== undefined && isCrowd(membership) && membership.members.has(user);
}
