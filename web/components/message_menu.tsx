import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { copyText } from "../behaviours/copy_text.ts";
import { usePage } from "../page_context.ts";
import { mayPin, mayRecall, silencedUntil } from "../permissions.ts";
import type { Thread } from "../stores/thread.ts";
import { ForwardDialog } from "./forward_dialog.tsx";
import { Menu, type MenuItem, type Near } from "./menu.tsx";

/** Until there is a picker, these. */
const PALETTE = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"] as const;

/** Which message's menu is open, and where. */
export type Acting = { seq: number; near: Near };

type MessageMenuProps = {
  thread: Thread;
  conversation: ConversationView;
  acting: Signal<Acting | undefined>;
};

/**
 * What can be done with a message that was sent. There is one for a whole thread, and it stands
 * beside the log: what appears within that is read out as if somebody had said it.
 */
export function MessageMenu({ thread, conversation, acting }: MessageMenuProps): JSX.Element {
  const forwarding = useSignal<Message | undefined>(undefined);
  const open = acting.value;
  const message = open && thread.view.value.messages.find(({ seq }) => seq === open.seq);
  return (
    <>
      {open && message && (
        <OpenMenu
          key={message.id}
          message={message}
          conversation={conversation}
          near={open.near}
          forward={() => forwarding.value = message}
          // Another one may have been opened before the browser says that this is closed.
          onClose={() => {
            if (acting.peek()?.seq === message.seq) acting.value = undefined;
          }}
        />
      )}
      {forwarding.value && (
        <ForwardDialog
          message={forwarding.value}
          onClose={() => forwarding.value = undefined}
        />
      )}
    </>
  );
}

type OpenMenuProps = {
  message: Message;
  conversation: ConversationView;
  near: Near;
  forward(): void;
  onClose(): void;
};

function OpenMenu({ message, conversation, near, forward, onClose }: OpenMenuProps): JSX.Element {
  const { client, threads, session, t } = usePage();
  const { conversation: room, seq } = message;
  const { info } = conversation;
  const thread = threads.of(room);
  const me = session.me.value?.id;
  const recalled = message.recalledAt !== undefined;
  const mayWrite = silencedUntil(conversation, me) === undefined;

  const item = (
    name: "reply" | "edit" | "copy" | "forward" | "pin" | "unpin" | "recall",
    icon: NonNullable<MenuItem["icon"]>,
    run: () => void,
  ): MenuItem => ({ label: t(`bubble.${name}`), testid: `message-${name}`, icon, run });

  const items: MenuItem[] = [
    ...(mayWrite
      ? [item("reply", "reply", () => thread.purpose.value = { name: "reply", message })]
      : []),
    ...(!recalled && message.sender === me && message.kind !== "system" && mayWrite
      ? [item("edit", "edit", () => thread.purpose.value = { name: "edit", message })]
      : []),
    ...(recalled || message.text === ""
      ? []
      : [item("copy", "copy", () => void copyText(message.text))]),
    ...(recalled || (message.text === "" && message.attachments === undefined)
      ? []
      : [item("forward", "forward", forward)]),
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
  const react = (emoji: string) => {
    const own = message.reactions?.[emoji]?.includes(me ?? "") ?? false;
    thread.act(client.thread.react(room, seq, emoji, !own));
  };
  return (
    <Menu label={t("bubble.actions")} near={near} items={items} onClose={onClose}>
      {!recalled && mayWrite && (
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
    </Menu>
  );
}
