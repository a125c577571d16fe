import type { ReadonlySignal } from "@preact/signals";
import { now } from "../now.ts";

export type Dates = {
  /** Hours and minutes. */
  clock(at: string): string;
  /** Today, yesterday, or the date. */
  day(at: string): string;
  /** As short as a row of a list allows: the clock today, a weekday this week, else a date. */
  brief(at: string): string;
  /** The same within a sentence. */
  inline(at: string): string;
  /** Date and time in full. */
  full(at: string): string;
  /** When something ends: the clock today, else with the date. */
  moment(at: string): string;
  /** Several names as one enumerates them. */
  list(names: readonly string[]): string;
};

export function createDates(locale: ReadonlySignal<string>): Dates {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const format = (at: string, options: Intl.DateTimeFormatOptions) => {
    const id = `${locale.value} ${JSON.stringify(options)}`;
    let found = formats.get(id);
    if (found === undefined) {
      formats.set(id, found = new Intl.DateTimeFormat(locale.value, options));
    }
    return found.format(new Date(at));
  };
  const clock = (at: string) => format(at, { hour: "numeric", minute: "2-digit" });
  const relative = (days: number) =>
    new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" }).format(days, "day");
  const alone = (words: string) => words.charAt(0).toLocaleUpperCase(locale.value) + words.slice(1);
  const inline = (at: string) => {
    const ago = daysAgo(at);
    if (ago <= 0) return clock(at);
    if (ago === 1) return relative(-1);
    if (ago < 7) return format(at, { weekday: "short" });
    const sameYear = new Date(at).getFullYear() === new Date(now()).getFullYear();
    return format(at, sameYear ? { month: "short", day: "numeric" } : { dateStyle: "short" });
  };
  return {
    clock,
    day(at) {
      const ago = daysAgo(at);
      if (ago === 0 || ago === 1) return alone(relative(-ago));
      const sameYear = new Date(at).getFullYear() === new Date(now()).getFullYear();
      return format(at, {
        weekday: "long",
        month: "long",
        day: "numeric",
        ...(sameYear ? {} : { year: "numeric" }),
      });
    },
    brief: (at) => alone(inline(at)),
    inline,
    full: (at) => format(at, { dateStyle: "full", timeStyle: "short" }),
    moment: (at) =>
      daysAgo(at) === 0 ? clock(at) : format(at, { dateStyle: "medium", timeStyle: "short" }),
    list: (names) => new Intl.ListFormat(locale.value).format(names),
  };
}

/** Midnights between `at` and now, in the reader's time zone. */
function daysAgo(at: string): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (midnight(new Date(now())) - midnight(new Date(at))) / 86_400_000;
}
