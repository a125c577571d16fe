import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import type { PageParts } from "../page_context.ts";
import { attachmentsText } from "./attachment_text.ts";
import { systemText } from "./system_text.ts";
import { systemWords } from "./system_words.ts";
import type { Translate } from "./text.ts";
import { typingText } from "./typing_text.ts";

type Parts = Pick<PageParts, "t" | "session" | "names" | "dates">;

/**
 * A conversation in one line: who is typing, what this person has begun to write, or what was said
 * last. Nobody is asked for who is not known: there are as many lines as conversations.
 */
export function previewText(parts: Parts, view: ConversationView, open: boolean): string {
  const { t, names, session } = parts;
  const typing = typingText(parts, view);
  if (typing !== undefined) return typing;
  const draft = view.draft.trim();
  if (draft !== "" && !open) return t("chats.draft", { text: draft });
  const message = view.lastMessage;
  if (message === null) return t("chats.no_messages");
  if (message.kind === "system") {
    return systemText(
      systemWords(parts, (id) => names.known(view, id) ?? t("thread.someone")),
      message,
    );
  }
  const text = contentText(t, message);
  if (message.sender === session.me.value?.id) return t("chats.you", { text });
  const name = view.info.kind === "group" ? names.known(view, message.sender) : undefined;
  return name === undefined ? text : t("chats.from", { name, text });
}

/** What a message says, or what stands in for it. */
export function contentText(t: Translate, message: Message): string {
  if (message.recalledAt !== undefined) return t("thread.recalled");
  if (message.attachments !== undefined && message.attachments.length > 0) {
    return attachmentsText(t, message.attachments, message.text);
  }
  if (message.kind === "file" && message.text === "") return t("thread.file");
  return message.text;
}
