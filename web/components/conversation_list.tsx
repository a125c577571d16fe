import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { hrefOf } from "../stores/route.ts";
import { ConversationRow } from "./conversation_row.tsx";
import { EmptyState } from "./empty_state.tsx";
import { HiddenChats } from "./hidden_chats.tsx";
import { Icon } from "./icon.tsx";

export function ConversationList(): JSX.Element {
  const { conversations, failedSends, route, t } = usePage();
  const list = conversations.list.value;
  const at = route.current.value;
  const stranded = [...failedSends.value].filter((id) => conversations.find(id) === undefined);
  return (
    <section class="chats" aria-labelledby="chats-heading">
      <header class="pane-header">
        <h2 id="chats-heading" class="pane-title">{t("chats.title")}</h2>
        <div class="pane-actions">
          <a
            class="icon-button"
            href={hrefOf({ name: "new-group" })}
            aria-label={t("chats.new_group")}
            title={t("chats.new_group")}
            data-testid="new-group"
          >
            <Icon name="group" />
          </a>
          <a
            class="icon-button"
            href={hrefOf({ name: "contacts", adding: true })}
            aria-label={t("contacts.add")}
            title={t("contacts.add")}
            data-testid="add-contact"
          >
            <Icon name="add" />
          </a>
        </div>
      </header>
      {stranded.map((id) => (
        <a
          key={id}
          class="chats-stranded"
          href={hrefOf({ name: "conversation", id })}
          data-testid="stranded-link"
        >
          <Icon name="failed" size={16} />
          {t("chats.stranded")}
        </a>
      ))}
      {list.length > 0
        ? (
          <ul class="chats-list" data-testid="conversation-list">
            {list.map((view) => (
              <li key={view.info.id}>
                <ConversationRow
                  view={view}
                  current={at.name === "conversation" && at.id === view.info.id}
                />
              </li>
            ))}
          </ul>
        )
        : conversations.loaded.value
        ? (
          <EmptyState title={t("chats.empty_title")} body={t("chats.empty_body")}>
            <a class="button button-main" href={hrefOf({ name: "contacts", adding: true })}>
              {t("contacts.add")}
            </a>
          </EmptyState>
        )
        : <p class="quiet-note" role="status">{t("chats.loading")}</p>}
      <HiddenChats />
    </section>
  );
}
