import type { ConversationView } from "../../client/views.ts";
import type { Id, Message } from "../../lib/protocol/model.ts";
import { senderName } from "./names.ts";
import { systemText } from "./system_text.ts";
import type { Translate } from "./text.ts";

/** A conversation's last message in one line. */
export function previewText(t: Translate, view: ConversationView, me: Id | undefined): string {
  const message = view.lastMessage;
  if (message === null) return t("chats.no_messages");
  if (message.kind === "system") return systemText(t, message);
  const text = contentText(t, message);
  if (message.sender === me) return t("chats.you", { text });
  if (view.info.kind === "direct") return text;
  return t("chats.from", { name: senderName(t, view, message.sender, me), text });
}

function contentText(t: Translate, message: Message): string {
  if (message.recalledAt !== undefined) return t("thread.recalled");
  if (message.kind === "file" && message.text === "") return t("thread.file");
  return message.text;
}
