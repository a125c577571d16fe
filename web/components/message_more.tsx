import { type Signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { Icon } from "./icon.tsx";
import type { Acting } from "./message_menu.tsx";

/** Opens the thread's menu for one message. */
export function MessageMore(
  { seq, acting }: { seq: number; acting: Signal<Acting | undefined> },
): JSX.Element {
  const { t } = usePage();
  // Only those two are drawn again of which one closes and the other one opens.
  const open = useComputed(() => acting.value?.seq === seq);
  /** A press on the button closes an open menu already; the click after it opens no other. */
  const wasOpen = useRef(false);
  return (
    <button
      type="button"
      class="icon-button message-more"
      aria-label={t("bubble.actions")}
      title={t("bubble.actions")}
      aria-haspopup="menu"
      aria-expanded={open.value}
      data-testid="message-actions"
      onPointerDown={() => wasOpen.current = open.peek()}
      onClick={({ currentTarget }) => {
        if (!wasOpen.current) acting.value = { seq, near: currentTarget.getBoundingClientRect() };
        wasOpen.current = false;
      }}
    >
      <Icon name="more" />
    </button>
  );
}
