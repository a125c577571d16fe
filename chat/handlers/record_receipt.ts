import { notMember } from "../../lib/errors.ts";
import type { ServerFrame } from "../../lib/protocol/frames.ts";
import type { Id } from "../../lib/protocol/model.ts";
import type { Services } from "./handler.ts";

/** Above this many members only the reader's own devices hear of it. */
const TOLD_TO_ALL = 100;

/** Moves a receipt forward and tells the members, if it moved. */
export async function recordReceipt(
  { store, bus, memberships }: Services,
  user: Id,
  kind: "read" | "delivered",
  { conversation, seq }: { conversation: Id; seq: number },
): Promise<Record<never, never>> {
  const receipt = await store.moveReceipt({ user, conversation, kind, seq });
  if (receipt === undefined) throw notMember();
  if (!receipt.moved) return {};
  const { readSeq, deliveredSeq } = receipt;
  const told: ServerFrame = { type: "receipt", conversation, user, readSeq, deliveredSeq };
  const frame = JSON.stringify(told);
  const membership = (await memberships.get([conversation])).get(conversation);
  if (membership !== undefined && membership.members.size <= TOLD_TO_ALL) {
    const { membersRev } = membership;
    bus.publish({ kind: "members", conversation, membersRev, frame });
  } else {
    bus.publish({ kind: "people", users: [user], frame });
  }
  return {};
}
