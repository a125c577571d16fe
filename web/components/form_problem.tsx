import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import { useCountdown } from "../behaviours/countdown.ts";
import { usePage } from "../page_context.ts";
import { codeOf, problemText, waitOf, waitText } from "../texts/problem_text.ts";
import type { TextKey } from "../texts/text.ts";

type FormProblemProps = {
  error: unknown;
  /** Better words for this form's codes. */
  special?: Partial<Record<ErrorCode, TextKey>>;
};

/** Always in the document, so that screen readers notice when it gets a text. */
export function FormProblem({ error, special }: FormProblemProps): JSX.Element {
  const { t } = usePage();
  const wait = waitOf(error);
  return (
    <div role="alert" class="form-problem-place">
      {error !== undefined && (
        <p class="form-problem" data-testid="form-problem" data-code={codeOf(error)}>
          {wait === undefined
            ? problemText(t, error, special)
            : <Wait key={error} error={error} seconds={wait} />}
        </p>
      )}
    </div>
  );
}

/** Counts down to when it can be tried again. */
function Wait({ error, seconds }: { error: unknown; seconds: number }): JSX.Element {
  const { t } = usePage();
  const until = useMemo(() => Date.now() + seconds * 1000, []);
  const left = useCountdown(until);
  return (
    <>
      {/* Read aloud, a countdown would never stop talking. */}
      <span class="hidden-text">{waitText(t, error, seconds)}</span>
      <span aria-hidden="true" class="countdown" data-testid="try-again-in" data-left={left}>
        {left > 0 ? waitText(t, error, left) : t("problem.try_now")}
      </span>
    </>
  );
}
