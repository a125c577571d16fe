import type { ConversationView } from "../../client/views.ts";
import type { Contact, Id, User } from "../../lib/protocol/model.ts";
import type { Translate } from "./text.ts";

export function userName(user: User): string {
  return user.displayName || user.username;
}

export function contactName(contact: Contact): string {
  return contact.alias || userName(contact.user);
}

export function conversationName(t: Translate, view: ConversationView | undefined): string {
  // Not loaded yet; where there is no such conversation, the thread says so.
  if (view === undefined) return "…";
  if (view.info.peer !== undefined) return userName(view.info.peer);
  return view.info.title || t(view.info.kind === "group" ? "chats.group" : "chats.unknown");
}

/** Who wrote a message, as far as this conversation's members are known. */
export function senderName(
  t: Translate,
  view: ConversationView | undefined,
  sender: Id,
  me: Id | undefined,
): string {
  if (sender === me) return t("thread.you");
  const peer = view?.info.peer;
  if (peer?.id === sender) return userName(peer);
  const member = view?.members.find(({ user }) => user.id === sender);
  return member === undefined ? t("thread.someone") : userName(member.user);
}
