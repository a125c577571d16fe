import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";

export function ThreadHeader(
  { name, view }: { name: string; view: ConversationView | undefined },
): JSX.Element {
  const { t } = usePage();
  const peer = view?.info.peer;
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
      <Avatar name={name} small />
      <div class="thread-who">
        <h2 id="thread-heading" class="pane-title" dir="auto">{name}</h2>
        {peer && <p class="thread-about">@{peer.username}</p>}
        {view?.info.kind === "group" && (
          <p class="thread-about">{t("thread.members", { count: view.info.memberCount })}</p>
        )}
      </div>
    </header>
  );
}
