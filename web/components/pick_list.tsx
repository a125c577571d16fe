import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Id } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { TextField } from "./text_field.tsx";

export type Choice = { id: string; name: string; about?: string; picture: Id | null };

type PickListProps = {
  label: string;
  choices: readonly Choice[];
  chosen: Signal<ReadonlySet<string>>;
  /** What is said where there is nothing to choose from. */
  empty: string;
};

/** Longer lists can be searched. */
const FILTER_FROM = 8;

export function PickList({ label, choices, chosen, empty }: PickListProps): JSX.Element {
  const { t } = usePage();
  const filter = useSignal("");
  const wanted = filter.value.trim().toLocaleLowerCase();
  const shown = choices.filter(({ name, about = "" }) =>
    `${name} ${about}`.toLocaleLowerCase().includes(wanted)
  );
  const toggle = (id: string) => {
    const next = new Set(chosen.value);
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  return (
    <fieldset class="pick">
      <legend class="field-label">{label}</legend>
      {choices.length >= FILTER_FROM && (
        // Whoever ends a search with Enter has not finished choosing: the form must not be sent.
        <div onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}>
          <TextField
            label={t("group.filter")}
            value={filter.value}
            onValue={(value) => filter.value = value}
            type="search"
            testid="pick-filter"
            literal
          />
        </div>
      )}
      {shown.length === 0
        ? <p class="pick-empty">{choices.length === 0 ? empty : t("group.nobody_matches")}</p>
        : (
          <ul class="pick-list">
            {shown.map((choice) => (
              <li key={choice.id}>
                <label class="pick-row">
                  <Avatar name={choice.name} picture={choice.picture} small />
                  <span class="pick-names">
                    <span class="person-name" dir="auto">{choice.name}</span>
                    {choice.about && <span class="person-username">{choice.about}</span>}
                  </span>
                  <input
                    type="checkbox"
                    class="pick-box"
                    checked={chosen.value.has(choice.id)}
                    data-testid="pick"
                    data-choice={choice.id}
                    onChange={() => toggle(choice.id)}
                  />
                  <span class="pick-mark" aria-hidden="true">
                    <Icon name="check" size={16} />
                  </span>
                </label>
              </li>
            ))}
          </ul>
        )}
    </fieldset>
  );
}
