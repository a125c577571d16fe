import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";

export type Language = "en" | "zh-CN";

/** Each language by the name its own speakers give it. */
export const LANGUAGES: readonly { id: Language; name: string }[] = [
  { id: "en", name: "English" },
  { id: "zh-CN", name: "简体中文" },
];

const KEY = "parley.language";

export type LanguageStore = {
  current: ReadonlySignal<Language>;
  /** For dates: the reader's own variety of the language (en-GB) where the browser names one. */
  locale: ReadonlySignal<string>;
  choose(language: Language): void;
};

export function createLanguageStore(): LanguageStore {
  const current = signal(remembered() ?? preferred());
  const locale = computed(() => {
    const own = navigator.languages.find((tag) => languageOf(tag) === current.value);
    return own ?? current.value;
  });
  effect(() => {
    document.documentElement.lang = current.value;
  });
  return {
    current,
    locale,
    choose(language) {
      current.value = language;
      remember(language);
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
