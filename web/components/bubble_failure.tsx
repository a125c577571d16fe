import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { failureText } from "../texts/problem_text.ts";
import type { BubbleView } from "../thread_rows.ts";
import { Icon } from "./icon.tsx";

/** Says why a message was not sent. Its text stays until the person decides. */
export function BubbleFailure({ bubble }: { bubble: BubbleView }): JSX.Element {
  const { client, t } = usePage();
  return (
    <div class="message-failure" data-testid="message-failure">
      <p class="message-failure-text">
        <Icon name="failed" size={16} />
        <span>
          {t("bubble.failed")}
          {bubble.failure && ` · ${failureText(t, bubble.failure.code)}`}
        </span>
      </p>
      <button
        type="button"
        class="text-button"
        data-testid="retry-message"
        onClick={() => void client.thread.retry(bubble.clientId)}
      >
        {t("bubble.retry")}
      </button>
      <button
        type="button"
        class="text-button"
        data-testid="discard-message"
        onClick={() => void client.thread.discard(bubble.clientId)}
      >
        {t("bubble.discard")}
      </button>
    </div>
  );
}
