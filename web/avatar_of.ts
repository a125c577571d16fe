import type { ConversationView } from "../client/views.ts";
import type { Id } from "../lib/protocol/model.ts";

/** The picture of a conversation: a group's own, or the other person's. */
export function avatarOf(view: ConversationView | undefined): Id | null {
  if (view === undefined) return null;
  return view.info.peer === undefined ? view.info.avatar : view.info.peer.avatar;
}
