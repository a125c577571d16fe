import type { JSX } from "preact";
import { usePage } from "../page_context.ts";

/** How many messages are unread; nothing where there are none. */
export function UnreadBadge(
  { count, muted }: { count: number; muted: boolean },
): JSX.Element | null {
  const { t } = usePage();
  if (count === 0) return null;
  return (
    <>
      <span class="badge" aria-hidden="true" data-muted={muted} data-testid="unread-badge">
        {count}
      </span>
      <span class="hidden-text">{t("chats.unread", { count })}</span>
    </>
  );
}
