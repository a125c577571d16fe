import type { ReadonlySignal } from "@preact/signals";
import IntlMessageFormat from "intl-messageformat";
import type { Language } from "../stores/language.ts";
import { en, type TextKey } from "./en.ts";
import { zhCn } from "./zh_cn.ts";

export type { TextKey } from "./en.ts";
export type TextValues = Record<string, string | number>;
export type Translate = (key: TextKey, values?: TextValues) => string;

const CATALOGUES: Record<Language, Record<TextKey, string>> = { "en": en, "zh-CN": zhCn };

/** Reads the language each time, so whatever renders a text follows a change of language. */
export function createTranslate(language: ReadonlySignal<Language>): Translate {
  const compiled = new Map<string, IntlMessageFormat>();
  return (key, values) => {
    const current = language.value;
    const text = CATALOGUES[current][key];
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
