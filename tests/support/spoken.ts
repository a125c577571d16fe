/** A language of the page, as the page has it once its texts are there. */
import { signal } from "@preact/signals";
import type { Language } from "../../lib/protocol/codes.ts";
import type { LanguageStore } from "../../web/stores/language.ts";
import { en, type Texts } from "../../web/texts/en.ts";
import { zhCn } from "../../web/texts/zh_cn.ts";

const TEXTS: Record<Language, Texts> = { en, "zh-CN": zhCn };

export function speak(language: Language): Pick<LanguageStore, "current" | "texts"> {
  return { current: signal(language), texts: signal(TEXTS[language]) };
}
