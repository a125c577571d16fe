import { notMember } from "../../lib/errors.ts";
import type { Handler } from "./handler.ts";

/** A page of messages before a position, or the newest page. */
export const conversationHistory: Handler<"conversation.history"> = async (
  { store },
  session,
  frame,
) => {
  const { conversation, before, limit } = frame;
  const history = await session.turns.take(() =>
    store.readHistory({ user: session.user, conversation, before, limit })
  );
  if (history === undefined) throw notMember();
  return history;
};
