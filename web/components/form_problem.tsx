import type { JSX } from "preact";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import { usePage } from "../page_context.ts";
import { codeOf, problemText } from "../texts/problem_text.ts";
import type { TextKey } from "../texts/text.ts";

type FormProblemProps = {
  error: unknown;
  /** Better words for this form's codes. */
  special?: Partial<Record<ErrorCode, TextKey>>;
};

/** Always in the document, so that screen readers notice when it gets a text. */
export function FormProblem(props: FormProblemProps): JSX.Element {
  const { t } = usePage();
  return (
    <div role="alert" class="form-problem-place">
      {props.error !== undefined && (
        <p class="form-problem" data-testid="form-problem" data-code={codeOf(props.error)}>
          {problemText(t, props.error, props.special)}
        </p>
      )}
    </div>
  );
}
