import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import type { BubbleState, BubbleView } from "../thread_rows.ts";
import { Icon, type IconName } from "./icon.tsx";

const ICONS: Partial<Record<BubbleState, IconName>> = {
  sending: "sending",
  sent: "sent",
  delivered: "delivered",
  read: "delivered",
};

/** When a group of messages was said and, for one's own, how far it has come. */
export function BubbleMeta({ bubble }: { bubble: BubbleView }): JSX.Element {
  const { t, dates } = usePage();
  const icon = ICONS[bubble.state];
  return (
    <p class="message-meta">
      <time dateTime={bubble.at} title={dates.full(bubble.at)}>{dates.clock(bubble.at)}</time>
      {bubble.state !== "received" && (
        <span class="message-state" data-state={bubble.state} data-testid="message-state">
          {icon && <Icon name={icon} size={16} />}
          {t(`bubble.${bubble.state}`)}
        </span>
      )}
    </p>
  );
}
