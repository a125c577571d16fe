import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { avatarOf } from "../avatar_of.ts";
import { useUntil } from "../behaviours/until.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { presenceText } from "../texts/presence_text.ts";
import { previewText } from "../texts/preview_text.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { UnreadBadge } from "./unread_badge.tsx";

export function ConversationRow(
  { view, current }: { view: ConversationView; current: boolean },
): JSX.Element {
  const page = usePage();
  const { contacts, failedSends, uploads, names, t, dates } = page;
  const { info, unread, mentions, lastMessage } = view;
  const name = names.conversation(view);
  const muted = useUntil(info.mutedUntil) !== undefined;
  const marked = info.markedUnread && unread === 0;
  const presence = info.peer && contacts.find(info.peer.id)?.presence;
  const state = presence?.state === "offline" ? undefined : presence?.state;
  return (
    <a
      class="chat-row"
      href={hrefOf({ name: "conversation", id: info.id })}
      aria-current={current ? "true" : undefined}
      data-testid="conversation-row"
      data-conversation={info.id}
      data-unread={unread > 0 || marked}
      data-typing={view.typers.length > 0}
    >
      <Avatar
        name={name}
        picture={avatarOf(view)}
        deleted={info.peer?.deleted}
        state={state}
      />
      <span class="chat-row-title">
        <span class="chat-row-name" dir="auto">{name}</span>
        {state !== undefined && (
          <span class="hidden-text" data-testid="row-presence">{presenceText(page, presence)}</span>
        )}
        {(failedSends.value.has(info.id) || uploads.stuck.value.has(info.id)) && (
          <span class="chat-row-mark chat-row-failed" data-testid="failed-mark">
            <Icon name="failed" size={14} />
            <span class="hidden-text">{t("bubble.failed")}</span>
          </span>
        )}
        {info.pinned && (
          <span class="chat-row-mark" data-testid="pinned-mark">
            <Icon name="pin" size={14} />
            <span class="hidden-text">{t("chats.pinned")}</span>
          </span>
        )}
        {muted && (
          <span class="chat-row-mark" data-testid="muted-mark">
            <Icon name="mute" size={14} />
            <span class="hidden-text">{t("chats.muted")}</span>
          </span>
        )}
      </span>
      {lastMessage && (
        <time class="chat-row-time" dateTime={lastMessage.at} title={dates.full(lastMessage.at)}>
          {dates.brief(lastMessage.at)}
        </time>
      )}
      <span class="chat-row-preview" data-testid="preview" dir="auto">
        {previewText(page, view, current)}
      </span>
      {(unread > 0 || marked) && (
        <span class="chat-row-badges">
          {mentions > 0 && (
            <>
              <span class="badge" aria-hidden="true" data-testid="mention-badge">@</span>
              <span class="hidden-text">{t("chats.mentioned", { count: mentions })}</span>
            </>
          )}
          <UnreadBadge count={unread} muted={muted} />
          {marked && (
            <>
              <span class="badge badge-dot" aria-hidden="true" data-testid="marked-unread" />
              <span class="hidden-text">{t("chats.marked_unread")}</span>
            </>
          )}
        </span>
      )}
    </a>
  );
}
