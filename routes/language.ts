import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { type Language, LANGUAGES } from "../lib/protocol/codes.ts";

/** The language that whoever asks would like to be written in (RFC 9110 section 12.5.4). */
export function languageOf(c: Context): Language {
  return accepts(c, {
    header: "Accept-Language",
    supports: [...LANGUAGES],
    default: LANGUAGES[0],
    match: (wanted) => {
      const sorted = wanted.filter(({ q }) => q > 0).sort((one, other) => other.q - one.q);
      for (const { type } of sorted) {
        const primary = type.toLowerCase().split("-")[0];
        const found = LANGUAGES.find((language) => language.split("-")[0] === primary);
        if (found !== undefined) return found;
      }
      return LANGUAGES[0];
    },
  }) as Language;
}
