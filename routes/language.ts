import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { type Language, LANGUAGES } from "../lib/protocol/codes.ts";

/**
 * The one of our languages that whoever asks would like best to be written in (RFC 9110 section
 * 12.5.4); undefined where they name none of them, as programs do.
 */
export function languageAsked(c: Context): Language | undefined {
  const found = accepts(c, {
    header: "Accept-Language",
    supports: [...LANGUAGES],
    default: "",
    match: (wanted) => {
      const sorted = wanted.filter(({ q }) => q > 0).sort((one, other) => other.q - one.q);
      for (const { type } of sorted) {
        const primary = type.toLowerCase().split("-")[0];
        const found = LANGUAGES.find((language) => language.split("-")[0] === primary);
        if (found !== undefined) return found;
      }
      return "";
    },
  });
  return LANGUAGES.find((language) => language === found);
}

/** The language to answer in. */
export function languageOf(c: Context): Language {
  return languageAsked(c) ?? LANGUAGES[0];
}
