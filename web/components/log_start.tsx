import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import type { Thread } from "../stores/thread.ts";

/** What stands above the oldest message that is shown. */
export function LogStart(
  { thread, name, group }: { thread: Thread; name: string; group: boolean },
): JSX.Element {
  const { connection, t } = usePage();
  const { hasOlder, loaded } = thread.view.value;
  const older = thread.older.value;
  if (older === "failed") {
    return (
      <div class="log-start">
        <p>{t("thread.older_failed")}</p>
        <button
          type="button"
          class="button button-small"
          data-testid="retry-older"
          onClick={() => void thread.loadOlder()}
        >
          {t("app.try_again")}
        </button>
      </div>
    );
  }
  if (!loaded) {
    return (
      <p class="log-start">
        {t(connection.interrupted.value ? "thread.offline" : "thread.loading")}
      </p>
    );
  }
  // The waiting text keeps its place while nothing is loading, so that its coming moves nothing.
  return (
    <p class="log-start" data-waiting={hasOlder && older !== "loading"}>
      {hasOlder
        ? t("thread.older_loading")
        : t(group ? "thread.start_group" : "thread.start", { name })}
    </p>
  );
}
