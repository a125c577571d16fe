import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { Icon } from "./icon.tsx";

export function JumpToLatest({ unread, jump }: { unread: number; jump(): void }): JSX.Element {
  const { t } = usePage();
  return (
    <button
      type="button"
      class="jump"
      aria-label={t("thread.jump")}
      data-testid="jump-to-latest"
      onClick={jump}
    >
      <Icon name="down" />
      {unread > 0 && <span>{t("thread.new_below", { count: unread })}</span>}
    </button>
  );
}
