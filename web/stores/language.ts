import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Language } from "../../lib/protocol/codes.ts";
import { en, type Texts } from "../texts/en.ts";

/** Each language by the name its own speakers give it. */
export const LANGUAGES: readonly { id: Language; name: string }[] = [
  { id: "en", name: "English" },
  { id: "zh-CN", name: "简体中文" },
];

const KEY = "parley.language";

/** English comes with the page, whatever happens; any other language is fetched for its readers. */
const FETCH: Record<Language, () => Promise<Texts>> = {
  "en": () => Promise.resolve(en),
  "zh-CN": async () => (await import("../texts/zh_cn.ts")).zhCn,
};

export type LanguageStore = {
  current: ReadonlySignal<Language>;
  /** What the page says, in that language. */
  texts: ReadonlySignal<Texts>;
  /** For dates: the reader's own variety of the language (en-GB) where the browser names one. */
  locale: ReadonlySignal<string>;
  /** The page speaks it as soon as its texts are there. */
  choose(language: Language): Promise<void>;
};

export async function openLanguageStore(): Promise<LanguageStore> {
  const current = signal<Language>("en");
  const texts = signal<Texts>(en);
  let wanted: Language | undefined;
  const speak = async (language: Language) => {
    wanted = language;
    const fetched = await FETCH[language]();
    // Somebody may have chosen again meanwhile.
    if (wanted !== language) return;
    batch(() => {
      current.value = language;
      texts.value = fetched;
    });
  };
  // Without a connection in English rather than not at all.
  await speak(remembered() ?? preferred()).catch(() => {});
  const locale = computed(() => {
    const own = navigator.languages.find((tag) => languageOf(tag) === current.value);
    return own ?? current.value;
  });
  effect(() => {
    document.documentElement.lang = current.value;
  });
  return {
    current,
    texts,
    locale,
    choose: async (language) => {
      remember(language);
      await speak(language).catch(() => {});
    },
  };
}

function languageOf(tag: string): Language | undefined {
  const primary = tag.toLowerCase().split("-")[0];
  return primary === "zh" ? "zh-CN" : primary === "en" ? "en" : undefined;
}

function preferred(): Language {
  for (const tag of navigator.languages) {
    const language = languageOf(tag);
    if (language !== undefined) return language;
  }
  return "en";
}

// Browsers that block site data throw on any access to localStorage.
function remembered(): Language | undefined {
  try {
    const stored = localStorage.getItem(KEY);
    return LANGUAGES.find(({ id }) => id === stored)?.id;
  } catch {
    return undefined;
  }
}

function remember(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // The choice then holds until the page is closed.
  }
}
