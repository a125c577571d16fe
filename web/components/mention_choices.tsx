import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { MentionList } from "../behaviours/mention_list.ts";
import { usePage } from "../page_context.ts";
import { Avatar } from "./avatar.tsx";

/** The focus stays in the composer, which says which of these is the active one. */
export function MentionChoices(
  { id, list }: { id: string; list: MentionList },
): JSX.Element | null {
  const { t } = usePage();
  const box = useRef<HTMLUListElement>(null);
  const active = list.choices[list.at.value]?.key;
  useLayoutEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  if (list.choices.length === 0) return null;
  return (
    <ul
      ref={box}
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
          // The field keeps the focus. A finger that scrolls the list does not choose.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => list.choose(choice)}
        >
          <Avatar name={choice.name} picture={choice.picture} small />
          <span class="pick-names">
            <span class="person-name" dir="auto">{choice.name}</span>
            <span class="person-username">{choice.about}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
