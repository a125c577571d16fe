import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import { usePage } from "../page_context.ts";
import { linkParts } from "../texts/links.ts";
import { textParts } from "../texts/mentions.ts";
import type { BubbleView } from "../thread_rows.ts";

/** What was said, with those whom it mentions set off, and its addresses to be followed. */
export function MessageText(
  { bubble, conversation }: { bubble: BubbleView; conversation: ConversationView | undefined },
): JSX.Element {
  const { names, session, t } = usePage();
  if (bubble.stand !== undefined) return <>{t(`thread.${bubble.stand}`)}</>;
  const mentioned = bubble.mentions.flatMap((id) => names.user(conversation, id) ?? []);
  return (
    <>
      {linkParts(bubble.text).map(({ text, href }, at) =>
        href !== undefined
          ? (
            <a
              key={at}
              class="text-link"
              href={href}
              target="_blank"
              rel="noopener noreferrer"
              dir="ltr"
            >
              {text}
            </a>
          )
          : textParts(text, mentioned, bubble.mentionsAll, session.me.value?.id)
            .map(({ text, mention }, part) =>
              mention === undefined
                ? text
                : <span key={`${at} ${part}`} class="mention" data-mention={mention}>{text}</span>
            )
      )}
    </>
  );
}
