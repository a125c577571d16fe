import { audienceAmong } from "../lib/bus/audience.ts";
import type { Bus } from "../lib/bus/bus.ts";
import { notMember } from "../lib/errors.ts";
import type { ServerFrame } from "../lib/protocol/frames.ts";
import type { Id } from "../lib/protocol/model.ts";
import type { ChatStore } from "../lib/sql/chat_store.ts";
import { isCrowd, isInCrowd } from "./crowd.ts";
import { createGathering } from "./gathering.ts";
import type { Memberships } from "./memberships.ts";

/** Tells the members of a conversation who is writing just now. */
export interface Typists {
  /** @throws AppError for who is no member */
  type(user: Id, conversation: Id, on: boolean): Promise<void>;
}

/**
 * Whether somebody is a member is asked of the database, by one statement for all who type at the
 * time: a cache may be behind, and would let somebody in who was removed.
 */
export function createTypists(parts: {
  store: Pick<ChatStore, "readSeats">;
  memberships: Memberships;
  bus: Bus;
}): Typists {
  const { store, memberships, bus } = parts;
  const readSeat = createGathering(store.readSeats);

  return {
    type: async (user, conversation, on) => {
      if (await isInCrowd(memberships, { conversation, user })) return;
      const seat = await readSeat({ user, conversation });
      if (seat === undefined) throw notMember();
      const membership = (await memberships.get([conversation])).get(conversation);
      // Where a message would be refused, nobody is told that one is coming.
      if (!seat.mayWrite || membership === undefined || isCrowd(membership)) return;
      const told: ServerFrame = { type: "typing", conversation, user, on };
      const { membersRev } = seat;
      const audience = audienceAmong(membership.members);
      const frame = JSON.stringify(told);
      bus.publish({ kind: "members", conversation, membersRev, audience, frame });
    },
  };
}
