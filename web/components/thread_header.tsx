import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { avatarOf } from "../avatar_of.ts";
import { useFocusBack } from "../behaviours/focus_back.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { presenceText } from "../texts/presence_text.ts";
import { typingText } from "../texts/typing_text.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";

type ThreadHeaderProps = {
  name: string;
  view: ConversationView | undefined;
  /** Whether the details are open. */
  detailed: boolean;
};

export function ThreadHeader({ name, view, detailed }: ThreadHeaderProps): JSX.Element {
  const page = usePage();
  const { contacts, t } = page;
  const opener = useFocusBack<HTMLAnchorElement>(detailed);
  const peer = view?.info.peer;
  const presence = peer && contacts.find(peer.id)?.presence;
  const typing = view && typingText(page, view);
  const about = view && (
    view.info.kind === "group"
      ? t("thread.members", { count: view.info.memberCount })
      : presenceText(page, presence) ?? (peer && !peer.deleted ? `@${peer.username}` : undefined)
  );
  return (
    <header class="pane-header thread-header">
      <a
        class="icon-button thread-back"
        href={hrefOf({ name: "chats" })}
        aria-label={t("thread.back")}
        data-testid="back"
      >
        <Icon name="back" />
      </a>
      <Avatar
        name={name}
        picture={avatarOf(view)}
        small
        deleted={peer?.deleted}
        state={presence?.state}
      />
      <div class="thread-who">
        <h2 id="thread-heading" class="pane-title" dir="auto">{name}</h2>
        {(typing ?? about) && (
          <p class="thread-about" data-typing={typing !== undefined} data-testid="thread-about">
            {typing ?? about}
          </p>
        )}
      </div>
      {view && (
        <a
          ref={opener}
          class="icon-button thread-details-link"
          href={hrefOf({ name: "conversation", id: view.info.id, details: !detailed })}
          aria-label={t(detailed ? "thread.close_details" : "thread.details")}
          title={t(detailed ? "thread.close_details" : "thread.details")}
          aria-expanded={detailed}
          data-testid="details-link"
        >
          <Icon name="details" />
        </a>
      )}
    </header>
  );
}
