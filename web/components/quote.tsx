import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { contentText } from "../texts/preview_text.ts";

type QuoteProps = {
  seq: number;
  /** Undefined where it is not loaded. */
  message: Message | undefined;
  conversation: ConversationView | undefined;
};

/** What a message answers; leads to it. */
export function Quote({ seq, message, conversation }: QuoteProps): JSX.Element {
  const { threads, names, t } = usePage();
  const id = conversation?.info.id;
  const name = message && names.look(conversation, message.sender);
  return (
    <button
      type="button"
      class="quote"
      data-testid="quote"
      data-seq={seq}
      onClick={() => id !== undefined && void threads.of(id).reveal(seq)}
    >
      {message && (
        <span class="quote-name" dir="auto">
          <span class="hidden-text">{t("thread.reply_to", { name: name ?? "" })}:</span>
          <span aria-hidden="true">{name}</span>
        </span>
      )}
      <span class="quote-text" dir="auto" data-testid="quote-text">
        {message === undefined ? t("thread.earlier") : contentText(t, message)}
      </span>
    </button>
  );
}
