import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { ConversationRow } from "./conversation_row.tsx";
import { Icon } from "./icon.tsx";

/** The way back to hidden groups, which nothing else leads to; folded, since they were put away. */
export function HiddenChats(): JSX.Element | null {
  const { client, conversations, route, t } = usePage();
  const unfolded = useSignal(false);
  const id = useId();
  // Every change of one makes another list.
  void conversations.list.value;
  const hidden = client.conversations.hidden();
  const at = route.current.value;
  if (hidden.length === 0) return null;
  return (
    <>
      <button
        type="button"
        class="chats-hidden"
        aria-expanded={unfolded.value}
        aria-controls={id}
        data-testid="hidden-chats"
        onClick={() => unfolded.value = !unfolded.value}
      >
        <Icon name="concealed" size={16} />
        {t("chats.hidden", { count: hidden.length })}
      </button>
      <ul id={id} hidden={!unfolded.value}>
        {unfolded.value && hidden.map((view) => (
          <li key={view.info.id}>
            <ConversationRow
              view={view}
              current={at.name === "conversation" && at.id === view.info.id}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
