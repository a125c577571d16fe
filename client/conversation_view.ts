import type { Conversation, Id, Member, Message } from "../lib/protocol/model.ts";
import type { Reached } from "./members.ts";
import type { UnreadCount } from "./unread.ts";
import type { ConversationView } from "./views.ts";

export function conversationView(
  { info, unread, members, reached, newest, typers, draft }: {
    info: Conversation;
    unread: UnreadCount;
    members: Member[];
    reached: Reached;
    /** The newest message that the log has. */
    newest: Message | undefined;
    typers: readonly Id[];
    draft: string;
  },
): ConversationView {
  const listed = info.lastMessage;
  const lastMessage = newest !== undefined && newest.seq >= (listed?.seq ?? 0) ? newest : listed;
  return {
    info: { ...info, readSeq: unread.readSeq() },
    members,
    unread: unread.value(),
    mentions: unread.mentions(),
    lastMessage,
    typers,
    draft,
    ...reached,
  };
}

/** What belongs into the list, or is hidden from it: pinned ones first, then by latest activity. */
export function listed(
  views: readonly ConversationView[],
  hidden: boolean,
): ConversationView[] {
  return views
    .filter(({ info }) => info.hidden === hidden)
    .sort((a, b) =>
      Number(b.info.pinned) - Number(a.info.pinned) || compare(activity(b), activity(a))
    );
}

/** Time of the last message, or of the beginning. ISO 8601 in UTC sorts as text. */
function activity({ info, lastMessage }: ConversationView): string {
  return lastMessage?.at ?? info.createdAt;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
