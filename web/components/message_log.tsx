import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { ConversationView, ThreadView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { useLogScroll } from "../behaviours/log_scroll.ts";
import { useReadMarker } from "../behaviours/read_marker.ts";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";
import type { ParcelView } from "../stores/uploads.ts";
import { systemText } from "../texts/system_text.ts";
import { systemWords } from "../texts/system_words.ts";
import { type ThreadRow, threadRows } from "../thread_rows.ts";
import { JumpToLatest } from "./jump_to_latest.tsx";
import { createLazy } from "./lazy.tsx";
import type { Viewed } from "./lightbox.tsx";
import { LogStart } from "./log_start.tsx";
import { type Acting, MessageMenu } from "./message_menu.tsx";
import { MessageRow } from "./message_row.tsx";

const WaitingMessage = createLazy(async () =>
  (await import("./waiting_message.tsx")).WaitingMessage
);

type MessageLogProps = {
  thread: Thread;
  name: string;
  conversation: ConversationView | undefined;
  /** What was sent and waits for its files. */
  waiting: readonly ParcelView[];
  /** Something else stands in front of it. */
  covered: boolean;
};

export function MessageLog(props: MessageLogProps): JSX.Element {
  const { thread, name, conversation, waiting, covered } = props;
  const page = usePage();
  const { session, dates, names, t } = page;
  const me = session.me.value?.id;
  const view = thread.view.value;
  const older = thread.older.value;
  const sends = thread.sends.value;
  const target = thread.target.value;

  const acting = useSignal<Acting | undefined>(undefined);
  const viewed = useSignal<Viewed | undefined>(undefined);

  const { log, rows, atBottom, toBottom, toMessage } = useLogScroll(() => {
    if (view.hasOlder && thread.older.peek() === "idle") void thread.loadOlder();
  });
  useReadMarker(thread, atBottom.value && !covered);
  useLayoutEffect(() => {
    if (sends > 0) toBottom();
  }, [sends]);
  useLayoutEffect(() => {
    const bubble = rows.current?.querySelector(`.bubble[data-seq="${target?.seq}"]`);
    if (target === undefined || !bubble) return;
    toMessage(bubble);
    bubble.setAttribute("data-found", "");
    const timer = setTimeout(() => bubble.removeAttribute("data-found"), FOUND_MS);
    return () => {
      clearTimeout(timer);
      bubble.removeAttribute("data-found");
    };
  }, [target]);

  const said = new Map<number, Message>(view.messages.map((message) => [message.seq, message]));
  const words = systemWords(page, (id) => names.look(conversation, id));
  const draw = (row: ThreadRow) => {
    if (row.kind === "day") {
      return (
        <h3 key={row.key} class="log-day">
          <time dateTime={row.at.slice(0, 10)}>{dates.day(row.at)}</time>
        </h3>
      );
    }
    if (row.kind === "system") {
      return (
        <p
          key={row.key}
          class="log-system"
          dir="auto"
          data-testid="system-line"
          data-seq={row.message.seq}
        >
          {systemText(words, row.message)}
        </p>
      );
    }
    const { bubble } = row;
    return (
      <MessageRow
        key={row.key}
        bubble={bubble}
        opens={row.opens}
        closes={row.closes}
        sender={bubble.mine ? t("thread.you") : names.look(conversation, bubble.sender)}
        named={conversation?.info.kind === "group" && !bubble.mine}
        conversation={conversation}
        acting={acting}
        viewed={viewed}
        quoted={bubble.replyTo === undefined ? undefined : said.get(bubble.replyTo)}
      />
    );
  };

  return (
    <div class="log-place">
      <div
        ref={log}
        class="log"
        data-scrolls
        role="log"
        aria-label={t("thread.log", { name })}
        // Older messages are put in silently: only new ones are news.
        aria-live={older === "loading" ? "off" : "polite"}
        aria-busy={older === "loading"}
        tabIndex={0}
        data-testid="message-log"
      >
        <div class="log-content">
          <LogStart
            thread={thread}
            name={name}
            group={conversation?.info.kind === "group"}
          />
          <div ref={rows} class="log-rows">
            {threadRows(view, me, thread.reached.value).map(draw)}
            {notHandedOver(waiting, view).map((parcel) => (
              <WaitingMessage key={`waiting ${parcel.id}`} parcel={parcel} thread={thread} />
            ))}
          </div>
        </div>
      </div>
      {conversation && <MessageMenu thread={thread} conversation={conversation} acting={acting} />}
      {viewed.value && <Lightbox thread={thread} viewed={viewed} />}
      {!atBottom.value && <JumpToLatest unread={conversation?.unread ?? 0} jump={toBottom} />}
    </div>
  );
}

/** Few look that closely, and those not at once. */
const Lightbox = createLazy(async () => (await import("./lightbox.tsx")).Lightbox);

/** How long a message that was looked for is set off. */
const FOUND_MS = 1_500;

/** For a moment the outbox has a message that still waits here. */
function notHandedOver(waiting: readonly ParcelView[], view: ThreadView): readonly ParcelView[] {
  if (waiting.length === 0) return waiting;
  const handed = new Set([...view.pending, ...view.messages].map(({ clientId }) => clientId));
  return waiting.filter(({ id }) => !handed.has(id));
}
