import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { CodeSteps } from "../behaviours/code_steps.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { FormProblem } from "./form_problem.tsx";
import { PersonCheckNote } from "./person_check_note.tsx";
import { TextField } from "./text_field.tsx";

type EmailStepProps = {
  steps: CodeSteps;
  /** Of the form's parts, each with a suffix. */
  testid: string;
  /** Where nothing above the form says what it is for. */
  title?: string;
  label: string;
  hint: string;
  /** Why an address makes no sense here. */
  refuse?(email: string): string | undefined;
  /** Other ways to go. */
  children?: ComponentChildren;
};

/** Asks for the address that a code is sent to. */
export function EmailStep(props: EmailStepProps): JSX.Element {
  const { t } = usePage();
  const { steps, testid } = props;
  const { email, step } = steps;
  const empty = useSignal(false);
  const tried = useSignal("");
  const refused = () => tried.value === email.value ? props.refuse?.(email.value) : undefined;
  const { busy, error, submit } = useSubmission(async () => {
    email.value = email.value.trim();
    empty.value = email.value === "";
    tried.value = email.value;
    if (empty.value || refused() !== undefined) return;
    await steps.requestFirstCode();
    step.value = "code";
  });
  const problem = empty.value && email.value.trim() === ""
    ? t("problem.required")
    : refused() ?? fieldProblemText(t, error.value, "email");
  return (
    <form class="form" noValidate onSubmit={submit} data-testid={`${testid}-email-form`}>
      {props.title !== undefined && <h1 class="form-title">{props.title}</h1>}
      <TextField
        label={props.label}
        hint={props.hint}
        value={email.value}
        onValue={(value) => email.value = value}
        problem={problem}
        type="email"
        autocomplete="email"
        testid={`${testid}-email`}
        literal
        focusOnMount
      />
      <FormProblem error={problem === undefined ? error.value : undefined} />
      <button
        type="submit"
        class="button button-main"
        aria-disabled={busy.value}
        data-testid={`${testid}-email-submit`}
      >
        {t(busy.value ? "code.sending" : "code.send")}
      </button>
      <PersonCheckNote />
      {props.children}
    </form>
  );
}
