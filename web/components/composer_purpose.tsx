import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { usePage } from "../page_context.ts";
import type { Purpose } from "../stores/thread.ts";
import { contentText } from "../texts/preview_text.ts";
import { Icon } from "./icon.tsx";

type ComposerPurposeProps = {
  purpose: Purpose;
  conversation: ConversationView | undefined;
  onCancel(): void;
};

/** Says what is answered or edited, and lets one out of it. */
export function ComposerPurpose(props: ComposerPurposeProps): JSX.Element {
  const { session, names, t } = usePage();
  const { name, message } = props.purpose;
  const title = name === "edit"
    ? t("composer.editing")
    : message.sender === session.me.value?.id
    ? t("composer.replying_self")
    : t("composer.replying", { name: names.look(props.conversation, message.sender) });
  return (
    <div class="purpose" data-testid={`composer-${name}`}>
      <Icon name={name} size={16} />
      <div class="purpose-words">
        <p class="purpose-name" dir="auto">
          {title}
        </p>
        <p class="purpose-text" dir="auto">{contentText(t, message)}</p>
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label={t("composer.cancel")}
        title={t("composer.cancel")}
        data-testid="composer-cancel"
        onClick={props.onCancel}
      >
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
