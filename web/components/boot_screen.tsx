import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { Mark } from "./mark.tsx";

/** Shown until it is known whether this device has a session. */
export function BootScreen(): JSX.Element {
  const { session, t } = usePage();
  return (
    <main class="entrance entrance-boot">
      <Mark />
      <h1 class="hidden-text">{t("app.name")}</h1>
      {session.unreachable.value
        ? (
          <div class="stack" role="alert">
            <p>{t("app.unreachable")}</p>
            <button
              type="button"
              class="button"
              aria-disabled={session.asking.value}
              data-testid="boot-retry"
              onClick={() => void session.resume()}
            >
              {t("app.try_again")}
            </button>
          </div>
        )
        : <p class="hidden-text" role="status">{t("app.loading")}</p>}
    </main>
  );
}
