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
 * after somebody left. So it may only decide about what would have no effect.
 */
export async function isInCrowd(
  memberships: Memberships,
  { conversation, user }: { conversation: Id; user: Id },
): Promise<boolean> {
  const membership = (await memberships.get([conversation])).get(conversation);
  return membership !== undefined && isCrowd(membership) && membership.members.has(user);
}
