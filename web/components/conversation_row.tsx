import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { conversationName } from "../texts/names.ts";
import { previewText } from "../texts/preview_text.ts";
import { Avatar } from "./avatar.tsx";

export function ConversationRow(
  { view, current }: { view: ConversationView; current: boolean },
): JSX.Element {
  const { session, t, dates } = usePage();
  const { info, unread, lastMessage } = view;
  const name = conversationName(t, view);
  return (
    <a
      class="chat-row"
      href={hrefOf({ name: "conversation", id: info.id })}
      aria-current={current ? "true" : undefined}
      data-testid="conversation-row"
      data-conversation={info.id}
      data-unread={unread > 0}
    >
      <Avatar name={name} />
      <span class="chat-row-name" dir="auto">{name}</span>
      {lastMessage && (
        <time class="chat-row-time" dateTime={lastMessage.at} title={dates.full(lastMessage.at)}>
          {dates.brief(lastMessage.at)}
        </time>
      )}
      <span class="chat-row-preview">{previewText(t, view, session.me.value?.id)}</span>
      {unread > 0 && (
        <>
          <span class="badge chat-row-badge" aria-hidden="true" data-testid="unread-badge">
            {unread}
          </span>
          <span class="hidden-text">{t("chats.unread", { count: unread })}</span>
        </>
      )}
    </a>
  );
}
