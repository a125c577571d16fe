import type { Presence } from "../../lib/protocol/model.ts";
import type { PageParts } from "../page_context.ts";

/** Whether somebody is there; nothing where that is not known. */
export function presenceText(
  { t, dates }: Pick<PageParts, "t" | "dates">,
  presence: Presence | undefined,
): string | undefined {
  if (presence === undefined || presence.state === "unknown") return undefined;
  if (presence.state !== "offline") return t(`presence.${presence.state}`);
  if (presence.lastSeenAt === null) return t("presence.offline");
  return t("presence.last_seen", { time: dates.inline(presence.lastSeenAt) });
}
