import { effect } from "@preact/signals";
import type { PageParts } from "../page_context.ts";

/** Keeps the tab's title saying where one is and how much is unread. */
export function startTitle({ session, conversations, route, names, t }: PageParts): () => void {
  const placeOf = () => {
    const at = route.current.value;
    switch (at.name) {
      case "chats":
        return undefined;
      case "conversation": {
        const view = conversations.find(at.id);
        return view && names.conversation(view);
      }
      case "new-group":
        return t("chats.new_group");
      case "join":
        return t("join.title");
      case "contacts":
      case "settings":
        return t(`nav.${at.name}`);
    }
  };
  return effect(() => {
    const name = t("app.name");
    if (session.me.value === undefined) {
      document.title = name;
      return;
    }
    const place = placeOf();
    const unread = conversations.unread.value;
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${place ? `${place} · ` : ""}${name}`;
  });
}
