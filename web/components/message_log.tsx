import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { ConversationView } from "../../client/views.ts";
import type { Message } from "../../lib/protocol/model.ts";
import { useLogScroll } from "../behaviours/log_scroll.ts";
import { useReadMarker } from "../behaviours/read_marker.ts";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";
import { systemText } from "../texts/system_text.ts";
import { systemWords } from "../texts/system_words.ts";
import { type ThreadRow, threadRows } from "../thread_rows.ts";
import { JumpToLatest } from "./jump_to_latest.tsx";
import { LogStart } from "./log_start.tsx";
import { type Acting, MessageMenu } from "./message_menu.tsx";
import { MessageRow } from "./message_row.tsx";

type MessageLogProps = {
  thread: Thread;
  name: string;
  conversation: ConversationView | undefined;
  /** Something else stands in front of it. */
  covered: boolean;
};

export function MessageLog({ thread, name, conversation, covered }: MessageLogProps): JSX.Element {
  const page = usePage();
  const { session, dates, names, t } = page;
  const me = session.me.value?.id;
  const view = thread.view.value;
  const older = thread.older.value;
  const sends = thread.sends.value;
  const target = thread.target.value;

  const acting = useSignal<Acting | undefined>(undefined);

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
        quoted={bubble.replyTo === undefined ? undefined : said.get(bubble.replyTo)}
      />
    );
  };

  return (
    <div class="log-place">
      <div
        ref={log}
        class="log"
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
          </div>
        </div>
      </div>
      {conversation && <MessageMenu thread={thread} conversation={conversation} acting={acting} />}
      {!atBottom.value && <JumpToLatest unread={conversation?.unread ?? 0} jump={toBottom} />}
    </div>
  );
}

/** How long a message that was looked for is set off. */
const FOUND_MS = 1_500;
