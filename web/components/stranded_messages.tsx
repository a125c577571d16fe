import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { PendingMessage } from "../../client/views.ts";
import { copyText } from "../behaviours/copy_text.ts";
import { usePage } from "../page_context.ts";
import { attachmentsText } from "../texts/attachment_text.ts";

/** What was written for a conversation that one is in no more: to be kept elsewhere, or dropped. */
export function StrandedMessages(
  { messages }: { messages: readonly PendingMessage[] },
): JSX.Element {
  const { client, t } = usePage();
  const copied = useSignal<{ clientId: string; worked: boolean } | undefined>(undefined);
  return (
    <section class="stranded" aria-labelledby="stranded-heading" data-testid="stranded">
      <h3 id="stranded-heading" class="people-title">{t("thread.stranded")}</h3>
      <ul class="people-list">
        {messages.map(({ clientId, text, attachments = [] }) => (
          <li key={clientId} class="stranded-message" data-testid="stranded-message">
            <p class="details-text" dir="auto">{attachmentsText(t, attachments, text)}</p>
            <div class="greeting-actions">
              {text !== "" && (
                <button
                  type="button"
                  class="text-button"
                  data-testid="copy-stranded"
                  onClick={async () => copied.value = { clientId, worked: await copyText(text) }}
                >
                  {t("bubble.copy")}
                </button>
              )}
              <button
                type="button"
                class="text-button"
                data-testid="discard-stranded"
                onClick={() =>
                  void client.thread.discard(clientId)}
              >
                {t("bubble.discard")}
              </button>
            </div>
            <p class="field-hint" role="status">
              {copied.value?.clientId === clientId &&
                t(copied.value.worked ? "invite.copied" : "thread.copy_failed")}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
