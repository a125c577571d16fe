import IntlMessageFormat from "intl-messageformat";
import type { LanguageStore } from "../stores/language.ts";
import type { TextKey } from "./en.ts";

export type { TextKey } from "./en.ts";
export type TextValues = Record<string, string | number>;
export type Translate = (key: TextKey, values?: TextValues) => string;

/** Reads the language each time, so whatever renders a text follows a change of language. */
export function createTranslate(
  language: Pick<LanguageStore, "current" | "texts">,
): Translate {
  const compiled = new Map<string, IntlMessageFormat>();
  return (key, values) => {
    const current = language.current.value;
    const text = language.texts.value[key];
    if (values === undefined) return text;
    const id = `${current} ${key}`;
    let format = compiled.get(id);
    if (format === undefined) {
      format = new IntlMessageFormat(text, current, undefined, { ignoreTag: true });
      compiled.set(id, format);
    }
    return String(format.format(values));
  };
}
