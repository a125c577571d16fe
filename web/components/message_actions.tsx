import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { copyText } from "../behaviours/copy_text.ts";
import { usePage } from "../page_context.ts";
import { mayPin, mayRecall, silencedUntil } from "../permissions.ts";
import { ForwardDialog } from "./forward_dialog.tsx";
import { MenuButton } from "./menu_button.tsx";
import type { MenuItem, Near } from "./menu.tsx";

/** Until there is a picker, these. */
const PALETTE = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"] as const;

type MessageActionsProps = {
  message: Message;
  conversation: ConversationView;
  near: Signal<Near | undefined>;
};

/** What can be done with a message that was sent. */
export function MessageActions(props: MessageActionsProps): JSX.Element {
  const { message, conversation, near } = props;
  const { client, threads, session, t } = usePage();
  const forwarding = useSignal(false);
  const { conversation: room, seq } = message;
  const { info } = conversation;
  const thread = threads.of(room);
  const me = session.me.value?.id;
  const recalled = message.recalledAt !== undefined;
  const mayWrite = silencedUntil(conversation, me) === undefined;

  const items = (): MenuItem[] => [
    ...(mayWrite
      ? [item("reply", "reply", () => thread.purpose.value = { name: "reply", message })]
      : []),
    ...(!recalled && message.sender === me && message.kind === "text" && mayWrite
      ? [item("edit", "edit", () => thread.purpose.value = { name: "edit", message })]
      : []),
    ...(recalled || message.text === "" ? [] : [
      item("copy", "copy", () => void copyText(message.text)),
      item("forward", "forward", () => forwarding.value = true),
    ]),
    ...(!recalled && mayPin(info) && mayWrite
      ? [
        item(
          message.pinned ? "unpin" : "pin",
          "pin",
          () => thread.act(client.thread.pin(room, seq, !message.pinned)),
        ),
      ]
      : []),
    ...(!recalled && mayRecall(message, info, me)
      ? [{
        ...item("recall", "recall", () => thread.act(client.thread.recall(room, seq))),
        grave: true,
      }]
      : []),
  ];
  const item = (
    name: "reply" | "edit" | "copy" | "forward" | "pin" | "unpin" | "recall",
    icon: NonNullable<MenuItem["icon"]>,
    run: () => void,
  ): MenuItem => ({ label: t(`bubble.${name}`), testid: `message-${name}`, icon, run });

  const react = (emoji: string) => {
    const own = message.reactions?.[emoji]?.includes(me ?? "") ?? false;
    thread.act(client.thread.react(room, seq, emoji, !own));
  };
  return (
    <>
      <MenuButton
        label={t("bubble.actions")}
        testid="message-actions"
        class="icon-button message-more"
        near={near}
        items={items}
        above={!recalled && mayWrite && (
          <div class="palette" role="group" aria-label={t("bubble.palette")}>
            {PALETTE.map((emoji) => (
              <button
                key={emoji}
                type="button"
                class="palette-button emoji"
                role="menuitem"
                tabIndex={-1}
                aria-label={t("bubble.react", { emoji })}
                data-testid="react"
                data-emoji={emoji}
                onClick={() => react(emoji)}
              >
                {emoji}
              </button>
            ))}
          </div>
        )}
      />
      {forwarding.value && (
        <ForwardDialog
          message={message}
          onClose={() => forwarding.value = false}
        />
      )}
    </>
  );
}
