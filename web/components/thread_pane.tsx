import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Id } from "../../lib/protocol/model.ts";
import { attachFiles } from "../behaviours/attach_files.ts";
import { useFileDrop } from "../behaviours/file_drop.ts";
import { useUntil } from "../behaviours/until.ts";
import { useWideWindow } from "../behaviours/wide_window.ts";
import { usePage } from "../page_context.ts";
import { silencedUntil } from "../permissions.ts";
import { NOT_REACHED } from "../stores/thread.ts";
import { codeOf, problemText } from "../texts/problem_text.ts";
import { Composer } from "./composer.tsx";
import { EmptyState } from "./empty_state.tsx";
import { Icon } from "./icon.tsx";
import { MessageLog } from "./message_log.tsx";
import { StrandedMessages } from "./stranded_messages.tsx";
import { ThreadHeader } from "./thread_header.tsx";

/** Codes that say the conversation is not there for this person; trying again does not help. */
const MISSING: ReadonlySet<string> = new Set(["not-member", "not-found", "forbidden", "invalid"]);

type ThreadPaneProps = { conversation: Id; detailed: boolean };

export function ThreadPane({ conversation, detailed }: ThreadPaneProps): JSX.Element {
  const page = usePage();
  const { connection, conversations, session, threads, names, t, uploads } = page;
  const thread = threads.of(conversation);
  const ready = connection.ready.value;
  const wide = useWideWindow();
  const view = conversations.find(conversation);
  const known = view !== undefined;
  /** Whether this person was in it while it was shown. */
  const wasKnown = useRef(false);
  if (known) wasKnown.current = true;
  const gone = !known && wasKnown.current;
  const opened = useRef(false);
  useEffect(() => {
    if (gone) return;
    const waits = thread.problem.peek() !== undefined || !thread.view.peek().loaded;
    if (waits || !opened.current) void thread.open();
    opened.current = true;
  }, [thread, ready, gone]);
  useEffect(() => () => thread.close(), [thread]);

  const name = names.conversation(view);
  const { loaded, messages, pending } = thread.view.value;
  const problem = thread.problem.value;
  const missing = gone || (problem !== undefined && MISSING.has(codeOf(problem)));
  // Without a connection the banner says so, and the connection's return opens the thread.
  const failed = problem !== undefined && (ready || codeOf(problem) !== "unavailable");
  const refused = thread.refused.value;
  const waiting = uploads.sent(conversation);
  const silenced = useUntil(silencedUntil(view, session.me.value?.id)) !== undefined;
  const drop = useFileDrop(
    view !== undefined && !missing && !silenced && !view.info.peer?.deleted,
    (brought) => void attachFiles(page, thread, brought),
  );
  const stranded = pending.filter(({ state }) => state === "failed");
  return (
    <section
      class="thread"
      aria-labelledby="thread-heading"
      data-testid="thread"
      {...drop.place}
    >
      <ThreadHeader name={name} view={view} detailed={detailed} />
      {view?.info.announcement
        ? (
          <p class="announcement" dir="auto" data-testid="announcement">
            <Icon name="announcement" />
            <span class="announcement-text">
              <span class="hidden-text">{t("thread.announcement")}:</span>
              {view.info.announcement}
            </span>
          </p>
        )
        : null}
      {/* Stays while what is in it comes and goes: what follows is not moved, and keeps the focus. */}
      <div class="thread-middle">
        {missing
          ? (
            <div class="log-place log-gone" data-testid="thread-gone">
              <EmptyState
                title={t(gone ? "thread.gone_title" : "thread.missing_title")}
                body={t(gone ? "thread.gone_body" : "thread.missing_body")}
              />
              {stranded.length > 0 && <StrandedMessages messages={stranded} />}
            </div>
          )
          : loaded || messages.length + pending.length + waiting.length > 0
          ? (
            <MessageLog
              thread={thread}
              name={name}
              conversation={view}
              waiting={waiting}
              covered={detailed && !wide}
            />
          )
          : failed
          ? (
            <div class="empty" role="alert">
              <p class="empty-body">{t("thread.failed")}</p>
              <button
                type="button"
                class="button"
                data-testid="reopen-thread"
                onClick={() => void thread.open()}
              >
                {t("app.try_again")}
              </button>
            </div>
          )
          : (
            <p class="quiet-note thread-wait" role="status">
              {t(connection.interrupted.value ? "thread.offline" : "thread.loading")}
            </p>
          )}
      </div>
      <div class="thread-foot">
        <div role="alert">
          {refused !== undefined && (
            <p class="thread-refused" data-testid="refused">
              {refused === NOT_REACHED
                ? t("thread.not_reached")
                : t("thread.action_failed", { reason: problemText(t, refused) })}
              <button
                type="button"
                class="icon-button"
                aria-label={t("dialog.close")}
                onClick={() => thread.refused.value = undefined}
              >
                <Icon name="close" size={16} />
              </button>
            </p>
          )}
        </div>
        {!missing && <Composer thread={thread} name={name} conversation={view} />}
      </div>
      {drop.over.value && (
        <p class="drop-zone" data-testid="drop-zone">
          <Icon name="attach" size={32} />
          {t("upload.drop")}
        </p>
      )}
    </section>
  );
}
