import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { LANGUAGES } from "../stores/language.ts";

export function LanguageSwitch(): JSX.Element {
  const { language, t } = usePage();
  return (
    <div class="segments" role="group" aria-label={t("language.label")}>
      {LANGUAGES.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          class="segment"
          lang={id}
          aria-pressed={language.current.value === id}
          data-testid={`language-${id}`}
          onClick={() => void language.choose(id)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
