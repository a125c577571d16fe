import type { ConversationView } from "../../client/views.ts";
import type { PageParts } from "../page_context.ts";

/** Who is typing in a conversation; nothing if nobody is. */
export function typingText(
  { t, names }: Pick<PageParts, "t" | "names">,
  view: ConversationView,
): string | undefined {
  const { typers, info } = view;
  const [first, second] = typers;
  if (first === undefined) return undefined;
  if (info.kind === "direct") return t("typing.direct");
  const nameOf = (id: string) => names.known(view, id) ?? t("thread.someone");
  if (second === undefined) return t("typing.one", { name: nameOf(first) });
  if (typers.length > 2) return t("typing.many", { count: typers.length });
  return t("typing.two", { name: nameOf(first), other: nameOf(second) });
}
