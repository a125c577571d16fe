import type { JSX } from "preact";
import type { MentionList } from "../behaviours/mention_list.ts";
import { usePage } from "../page_context.ts";
import { Avatar } from "./avatar.tsx";

/** The focus stays in the composer, which says which of these is the active one. */
export function MentionChoices(
  { id, list }: { id: string; list: MentionList },
): JSX.Element | null {
  const { t } = usePage();
  if (list.choices.length === 0) return null;
  return (
    <ul
      id={id}
      class="mention-list"
      role="listbox"
      aria-label={t("composer.mentions")}
      data-testid="mention-list"
    >
      {list.choices.map((choice, at) => (
        <li
          key={choice.key}
          id={`${id}-${at}`}
          class="mention-choice"
          role="option"
          aria-selected={at === list.at.value}
          data-testid="mention-choice"
          data-choice={choice.key}
          // Before the field would lose the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            list.choose(choice);
          }}
        >
          <Avatar name={choice.name} small />
          <span class="pick-names">
            <span class="person-name" dir="auto">{choice.name}</span>
            <span class="person-username">{choice.about}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
