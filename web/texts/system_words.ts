import type { Id } from "../../lib/protocol/model.ts";
import type { PageParts } from "../page_context.ts";
import type { SystemWords } from "./system_text.ts";

/** What this page brings to saying what happened. */
export function systemWords(
  { t, session, dates }: Pick<PageParts, "t" | "session" | "dates">,
  nameOf: (id: Id) => string,
): SystemWords {
  return { t, me: session.me.value?.id, nameOf, list: dates.list, time: dates.moment };
}
