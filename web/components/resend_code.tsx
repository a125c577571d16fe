import type { JSX } from "preact";
import { useCountdown } from "../behaviours/countdown.ts";
import type { Submission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";

/** `at` is when another code may be asked for, in milliseconds of this device's clock. */
export function ResendCode(props: { at: number; resend: Submission }): JSX.Element {
  const { t } = usePage();
  const seconds = useCountdown(props.at);
  return (
    <div class="resend">
      {seconds > 0
        ? (
          <p class="resend-wait" role="timer" data-testid="resend-countdown">
            {t("code.resend_wait", { seconds })}
          </p>
        )
        : (
          <button
            type="button"
            class="text-button"
            aria-disabled={props.resend.busy.value}
            data-testid="resend-code"
            onClick={() => void props.resend.run()}
          >
            {t("code.resend")}
          </button>
        )}
    </div>
  );
}
