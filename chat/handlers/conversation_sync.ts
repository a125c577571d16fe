import { notMember } from "../../lib/errors.ts";
import type { Handler } from "./handler.ts";

/** What changed after a revision: how a client closes a gap. */
export const conversationSync: Handler<"conversation.sync"> = async ({ store }, session, frame) => {
  const { conversation, since, limit } = frame;
  const changes = await session.turns.take(() =>
    store.readChanges({ user: session.user, conversation, since, limit })
  );
  if (changes === undefined) throw notMember();
  return changes;
};
