import { effect } from "@preact/signals";
import type { PageParts } from "../page_context.ts";
import { conversationName } from "../texts/names.ts";

/** Keeps the tab's title saying where one is and how much is unread. */
export function startTitle({ session, conversations, route, t }: PageParts): () => void {
  return effect(() => {
    const name = t("app.name");
    if (session.me.value === undefined) {
      document.title = name;
      return;
    }
    const at = route.current.value;
    const place = at.name === "conversation"
      ? conversationName(t, conversations.find(at.id))
      : at.name === "chats"
      ? undefined
      : t(at.name === "contacts" ? "nav.contacts" : "nav.settings");
    const unread = conversations.unread.value;
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${place ? `${place} · ` : ""}${name}`;
  });
}
