import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { CodeSteps } from "../behaviours/code_steps.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { ChangeAddress } from "./change_address.tsx";
import { CODE_LENGTH, CodeField } from "./code_field.tsx";
import { FormProblem } from "./form_problem.tsx";
import { PersonCheckNote } from "./person_check_note.tsx";
import { ResendCode } from "./resend_code.tsx";

type CodeStepProps = {
  steps: CodeSteps;
  testid: string;
  /** Where nothing above the form says what it is for. */
  title?: string;
  /** Where the code went. */
  lead: string;
};

/** Asks for the code that was sent. */
export function CodeStep({ steps, testid, title, lead }: CodeStepProps): JSX.Element {
  const { t } = usePage();
  const { step, code } = steps;
  const incomplete = useSignal(false);
  const resend = useSubmission(steps.requestCode);
  const isShort = code.value.length < CODE_LENGTH;
  const submit = (event: Event) => {
    event.preventDefault();
    incomplete.value = isShort;
    if (!isShort) step.value = "last";
  };
  const fill = (typed: string) => {
    code.value = typed;
    // Only a code that has just become complete goes on, so that coming back to mend it is possible.
    if (typed.length === CODE_LENGTH && isShort) step.value = "last";
  };
  return (
    <form class="form" noValidate onSubmit={submit} data-testid={`${testid}-code-form`}>
      {title !== undefined && <h1 class="form-title">{title}</h1>}
      <p class="form-lead">{lead}</p>
      <CodeField
        value={code.value}
        onValue={fill}
        testid={`${testid}-code`}
        problem={incomplete.value && isShort ? t("problem.field_code") : undefined}
      />
      <FormProblem error={resend.error.value ?? steps.refused.value} />
      <button type="submit" class="button button-main" data-testid={`${testid}-code-submit`}>
        {t("code.submit")}
      </button>
      <PersonCheckNote />
      <ResendCode at={steps.resendAt.value} resend={resend} />
      <ChangeAddress steps={steps} testid={testid} />
    </form>
  );
}
