import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { ConnectionBanner } from "./connection_banner.tsx";
import { ContactsScreen } from "./contacts_screen.tsx";
import { ConversationList } from "./conversation_list.tsx";
import { DetailsWait } from "./details_wait.tsx";
import { EmptyState } from "./empty_state.tsx";
import { createLazy } from "./lazy.tsx";
import { Rail } from "./rail.tsx";
import { ThreadPane } from "./thread_pane.tsx";

const DetailsPane = createLazy(
  async () => (await import("./details_pane.tsx")).DetailsPane,
  DetailsWait,
);
const JoinScreen = createLazy(async () => (await import("./join_screen.tsx")).JoinScreen);
const SettingsScreen = createLazy(async () =>
  (await import("./settings_screen.tsx")).SettingsScreen
);
const NewGroupScreen = createLazy(async () =>
  (await import("./new_group_screen.tsx")).NewGroupScreen
);

/** The frame for whoever is signed in. `data-shows` tells the style sheet which column is in front. */
export function Shell(): JSX.Element {
  const { conversations, route, t } = usePage();
  const at = route.current.value;
  const detailed = at.name === "conversation" && at.details === true;
  const view = at.name === "conversation" ? conversations.find(at.id) : undefined;
  return (
    <div class="shell" data-shows={at.name} data-detailed={detailed && view !== undefined}>
      <ConnectionBanner />
      <Rail />
      <main class="shell-main">
        <h1 class="hidden-text">{t("app.name")}</h1>
        {at.name === "contacts" && <ContactsScreen adding={at.adding} />}
        {at.name === "new-group" && <NewGroupScreen />}
        {at.name === "join" && <JoinScreen key={at.token} token={at.token} />}
        {at.name === "settings" && <SettingsScreen page={at.page} />}
        {(at.name === "chats" || at.name === "conversation") && <ConversationList />}
        {at.name === "conversation" && (
          <ThreadPane key={at.id} conversation={at.id} detailed={detailed && view !== undefined} />
        )}
        {detailed && view && <DetailsPane key={`details ${view.info.id}`} view={view} />}
        {at.name === "chats" && (
          <div class="thread thread-none">
            {conversations.list.value.length > 0 && (
              <EmptyState title={t("chats.pick_title")} body={t("chats.pick_body")} />
            )}
          </div>
        )}
      </main>
    </div>
  );
}
