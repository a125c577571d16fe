import type { Signal } from "@preact/signals";
import type { JSX, TargetedMouseEvent } from "preact";
import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import type { BubbleView } from "../thread_rows.ts";
import { Attachments } from "./attachments.tsx";
import { BubbleFailure } from "./bubble_failure.tsx";
import { BubbleMeta } from "./bubble_meta.tsx";
import { Icon } from "./icon.tsx";
import type { Viewed } from "./lightbox.tsx";
import { LinkCard } from "./link_card.tsx";
import type { Acting } from "./message_menu.tsx";
import { MessageMore } from "./message_more.tsx";
import { MessageText } from "./message_text.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";

type MessageRowProps = {
  bubble: BubbleView;
  opens: boolean;
  closes: boolean;
  sender: string;
  /** Whether the sender's name is shown; it is always there for screen readers. */
  named: boolean;
  conversation: ConversationView | undefined;
  /** What it answers, if that is loaded. */
  quoted: Message | undefined;
  acting: Signal<Acting | undefined>;
  /** The picture that is looked at in front of everything else. */
  viewed: Signal<Viewed | undefined>;
};

export function MessageRow(props: MessageRowProps): JSX.Element {
  const { session, t } = usePage();
  const { bubble, opens, closes, conversation, quoted, acting, viewed } = props;
  const { message } = bubble;
  const me = session.me.value?.id;
  const forMe = !bubble.mine && bubble.stand === undefined &&
    (bubble.mentionsAll || bubble.mentions.some((id) => id === me));

  const openMenu = (event: TargetedMouseEvent<HTMLElement>) => {
    if (message === undefined || conversation === undefined) return;
    // A marked text, or a link, has a menu of the browser's own.
    if (getSelection()?.isCollapsed === false) return;
    const { target } = event;
    if (target instanceof Element && target.closest("a, video, input")) return;
    if (!matchMedia("(hover: hover)").matches) return;
    event.preventDefault();
    const { clientX, clientY } = event;
    const near = { left: clientX, right: clientX, top: clientY, bottom: clientY };
    acting.value = { seq: message.seq, near };
  };
  return (
    <div class="message" data-mine={bubble.mine} data-opens={opens} data-closes={closes}>
      {opens && (
        <p class={props.named ? "message-sender" : "hidden-text"} dir="auto">{props.sender}</p>
      )}
      <div class="bubble-line">
        <div
          class="bubble"
          data-anchor
          data-stand={bubble.stand}
          data-testid="bubble"
          data-state={bubble.state}
          data-seq={bubble.seq}
          data-client-id={bubble.clientId}
          data-for-me={forMe}
          data-edited={message?.editedAt !== undefined}
          data-pinned={message?.pinned === true}
          data-files={bubble.attachments.length > 0}
          onContextMenu={openMenu}
        >
          {bubble.replyTo !== undefined && bubble.stand === undefined && (
            <Quote seq={bubble.replyTo} message={quoted} conversation={conversation} />
          )}
          {bubble.attachments.length > 0 && (
            <Attachments
              attachments={bubble.attachments}
              view={(file) => viewed.value = { clientId: bubble.clientId, file }}
            />
          )}
          {(bubble.text !== "" || bubble.stand !== undefined) && (
            <div class="bubble-text" dir="auto" data-testid="bubble-text">
              <MessageText bubble={bubble} conversation={conversation} />
            </div>
          )}
          {bubble.stand === undefined && message !== undefined && <LinkCard text={bubble.text} />}
          {bubble.stand === undefined && (message?.editedAt !== undefined || message?.pinned) && (
            <p class="bubble-marks">
              {message.pinned && (
                <span class="bubble-mark" data-testid="pin-mark">
                  <Icon name="pin" size={14} />
                  {t("thread.pinned")}
                </span>
              )}
              {message.editedAt !== undefined && (
                <span data-testid="edited-mark">{t("thread.edited")}</span>
              )}
            </p>
          )}
        </div>
        {message !== undefined && conversation !== undefined && (
          <MessageMore seq={message.seq} acting={acting} />
        )}
      </div>
      {message !== undefined && <Reactions message={message} conversation={conversation} />}
      {bubble.state === "failed"
        ? <BubbleFailure bubble={bubble} />
        : closes && <BubbleMeta bubble={bubble} />}
    </div>
  );
}
