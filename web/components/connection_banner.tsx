import type { JSX } from "preact";
import { useCountdown } from "../behaviours/countdown.ts";
import { usePage } from "../page_context.ts";

/** The live region stays in the document; only its content comes and goes. */
export function ConnectionBanner(): JSX.Element {
  const { connection } = usePage();
  return (
    <div class="banner-place" role="status">
      {connection.interrupted.value && <Banner />}
    </div>
  );
}

function Banner(): JSX.Element {
  const { connection, t } = usePage();
  const state = connection.state.value;
  const seconds = useCountdown(state.name === "waiting" ? state.retryAt : undefined);
  return (
    <div class="banner" data-testid="connection-banner" data-state={state.name}>
      <p class="banner-text">
        {t(state.name === "stopped" ? "connection.stopped" : "connection.lost")}{" "}
        {/* Read aloud, a countdown would never stop talking. */}
        <span class="banner-next" aria-hidden="true">
          {state.name === "waiting" && seconds > 0 && t("connection.retry_in", { seconds })}
          {(state.name === "connecting" || (state.name === "waiting" && seconds === 0)) &&
            t("connection.retrying")}
        </span>
      </p>
      <button
        type="button"
        class="button button-small"
        data-testid="retry-now"
        onClick={connection.retryNow}
      >
        {t("connection.retry_now")}
      </button>
    </div>
  );
}
