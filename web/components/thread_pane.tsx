import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Id } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { conversationName } from "../texts/names.ts";
import { codeOf } from "../texts/problem_text.ts";
import { Composer } from "./composer.tsx";
import { EmptyState } from "./empty_state.tsx";
import { MessageLog } from "./message_log.tsx";
import { ThreadHeader } from "./thread_header.tsx";

/** Codes that say the conversation is not there for this person; trying again does not help. */
const MISSING: ReadonlySet<string> = new Set(["not-member", "not-found", "forbidden", "invalid"]);

export function ThreadPane({ conversation }: { conversation: Id }): JSX.Element {
  const { connection, conversations, threads, t } = usePage();
  const thread = threads.of(conversation);
  const ready = connection.ready.value;
  useEffect(() => {
    if (thread.problem.peek() !== undefined || !thread.view.peek().loaded) void thread.open();
  }, [thread, ready]);

  const view = conversations.find(conversation);
  const name = conversationName(t, view);
  const { loaded, messages, pending } = thread.view.value;
  const problem = thread.problem.value;
  const missing = problem !== undefined && MISSING.has(codeOf(problem));
  // Without a connection the banner says so, and the connection's return opens the thread.
  const failed = problem !== undefined && (ready || codeOf(problem) !== "unavailable");
  return (
    <section class="thread" aria-labelledby="thread-heading" data-testid="thread">
      <ThreadHeader name={name} view={view} />
      {missing
        ? <EmptyState title={t("thread.missing_title")} body={t("thread.missing_body")} />
        : loaded || messages.length > 0 || pending.length > 0
        ? <MessageLog thread={thread} name={name} conversation={view} />
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
      {!missing && <Composer thread={thread} name={name} />}
    </section>
  );
}
