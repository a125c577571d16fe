import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { FormProblem } from "./form_problem.tsx";
import { TextArea } from "./text_area.tsx";
import { TextField } from "./text_field.tsx";

type TextFormProps = {
  label: string;
  value: string;
  /** What the server calls it. */
  field: string;
  testid: string;
  maxLength: number;
  hint?: string;
  /** More than a line. */
  long?: boolean;
  /** Whether it must not be empty. */
  required?: boolean;
  save(value: string): Promise<unknown>;
  onDone(): void;
};

/** Changes one text in its place. */
export function TextForm(props: TextFormProps): JSX.Element {
  const { t } = usePage();
  const { label, hint, testid, maxLength } = props;
  const text = useSignal(props.value);
  const empty = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    empty.value = props.required === true && text.value.trim() === "";
    if (empty.value) return;
    await props.save(text.value.trim());
    props.onDone();
  });
  const problem = empty.value && text.value.trim() === ""
    ? t("problem.required")
    : fieldProblemText(t, error.value, props.field);
  const field = {
    ...{ label, testid, maxLength, problem, value: text.value },
    ...(hint !== undefined && { hint }),
    onValue: (value: string) => text.value = value,
  };
  return (
    <form class="text-form" onSubmit={submit}>
      {props.long ? <TextArea {...field} focusOnMount /> : <TextField {...field} focusOnMount />}
      <FormProblem error={problem === undefined ? error.value : undefined} />
      <div class="greeting-actions">
        <button
          type="submit"
          class="button button-main button-small"
          aria-disabled={busy.value}
          data-testid={`${testid}-save`}
        >
          {t("details.save")}
        </button>
        <button type="button" class="button button-small" onClick={props.onDone}>
          {t("details.cancel")}
        </button>
      </div>
    </form>
  );
}
