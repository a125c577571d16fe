import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { ConversationView } from "../../client/views.ts";
import { useLogScroll } from "../behaviours/log_scroll.ts";
import { useReadMarker } from "../behaviours/read_marker.ts";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";
import { senderName } from "../texts/names.ts";
import { systemText } from "../texts/system_text.ts";
import { type ThreadRow, threadRows } from "../thread_rows.ts";
import { JumpToLatest } from "./jump_to_latest.tsx";
import { LogStart } from "./log_start.tsx";
import { MessageRow } from "./message_row.tsx";

type MessageLogProps = {
  thread: Thread;
  name: string;
  conversation: ConversationView | undefined;
};

export function MessageLog({ thread, name, conversation }: MessageLogProps): JSX.Element {
  const { session, dates, t } = usePage();
  const me = session.me.value?.id;
  const view = thread.view.value;
  const older = thread.older.value;
  const sends = thread.sends.value;

  const { log, rows, atBottom, toBottom } = useLogScroll(() => {
    if (view.hasOlder && thread.older.peek() === "idle") void thread.loadOlder();
  });
  useReadMarker(thread, atBottom);
  useLayoutEffect(() => {
    if (sends > 0) toBottom();
  }, [sends]);

  const draw = (row: ThreadRow) => {
    if (row.kind === "day") {
      return (
        <h3 key={row.key} class="log-day">
          <time dateTime={row.at.slice(0, 10)}>{dates.day(row.at)}</time>
        </h3>
      );
    }
    if (row.kind === "system") {
      return <p key={row.key} class="log-system">{systemText(t, row.message)}</p>;
    }
    return (
      <MessageRow
        key={row.key}
        bubble={row.bubble}
        opens={row.opens}
        closes={row.closes}
        sender={senderName(t, conversation, row.bubble.sender, me)}
        named={conversation?.info.kind === "group" && !row.bubble.mine}
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
          <LogStart thread={thread} name={name} />
          <div ref={rows} class="log-rows">
            {threadRows(view, me, thread.reached.value).map(draw)}
          </div>
        </div>
      </div>
      {!atBottom.value && <JumpToLatest unread={conversation?.unread ?? 0} jump={toBottom} />}
    </div>
  );
}
