import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { CODE_LENGTH, CodeField } from "./code_field.tsx";
import { FormProblem } from "./form_problem.tsx";
import { ResendCode } from "./resend_code.tsx";

type SignUpCodeProps = {
  email: string;
  code: string;
  onCode(code: string): void;
  resendAt: ReadonlySignal<number>;
  requestCode(): Promise<void>;
  refused: unknown;
  onDone(): void;
  onChangeEmail(): void;
};

export function SignUpCode(props: SignUpCodeProps): JSX.Element {
  const { t } = usePage();
  const incomplete = useSignal(false);
  const resend = useSubmission(props.requestCode);
  const submit = (event: Event) => {
    event.preventDefault();
    incomplete.value = props.code.length < CODE_LENGTH;
    if (!incomplete.value) props.onDone();
  };
  const fill = (code: string) => {
    props.onCode(code);
    // Only a code that has just become complete goes on, so that coming back to mend it is possible.
    if (code.length === CODE_LENGTH && props.code.length < CODE_LENGTH) props.onDone();
  };
  return (
    <form class="form" noValidate onSubmit={submit} data-testid="sign-up-code-form">
      <h1 class="form-title">{t("sign_up.code_title")}</h1>
      <p class="form-lead">{t("sign_up.code_sent", { email: props.email })}</p>
      <CodeField
        value={props.code}
        onValue={fill}
        problem={incomplete.value && props.code.length < CODE_LENGTH
          ? t("problem.field_code")
          : undefined}
      />
      <FormProblem error={resend.error.value ?? props.refused} />
      <button type="submit" class="button button-main" data-testid="sign-up-code-submit">
        {t("sign_up.code_submit")}
      </button>
      <ResendCode at={props.resendAt.value} resend={resend} />
      <button
        type="button"
        class="text-button"
        data-testid="sign-up-change-email"
        onClick={props.onChangeEmail}
      >
        {t("sign_up.change_email")}
      </button>
    </form>
  );
}
