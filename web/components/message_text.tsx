import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { usePage } from "../page_context.ts";
import { textParts } from "../texts/mentions.ts";
import type { BubbleView } from "../thread_rows.ts";

/** What was said, with those whom it mentions set off. */
export function MessageText(
  { bubble, conversation }: { bubble: BubbleView; conversation: ConversationView | undefined },
): JSX.Element {
  const { names, session, t } = usePage();
  if (bubble.stand !== undefined) return <>{t(`thread.${bubble.stand}`)}</>;
  const mentioned = bubble.mentions.flatMap((id) => names.user(conversation, id) ?? []);
  const parts = textParts(bubble.text, mentioned, bubble.mentionsAll, session.me.value?.id);
  return (
    <>
      {parts.map(({ text, mention }, at) =>
        mention === undefined
          ? text
          : <span key={at} class="mention" data-mention={mention}>{text}</span>
      )}
    </>
  );
}
