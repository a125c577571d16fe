import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { FormProblem } from "./form_problem.tsx";
import { TextField } from "./text_field.tsx";

type SignUpEmailProps = {
  email: string;
  onEmail(email: string): void;
  requestCode(): Promise<void>;
  onDone(): void;
  onSignIn(): void;
};

export function SignUpEmail(props: SignUpEmailProps): JSX.Element {
  const { t } = usePage();
  const empty = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    props.onEmail(props.email.trim());
    empty.value = props.email.trim() === "";
    if (empty.value) return;
    await props.requestCode();
    props.onDone();
  });
  const problem = empty.value && props.email.trim() === ""
    ? t("problem.required")
    : fieldProblemText(t, error.value, "email");
  return (
    <form class="form" noValidate onSubmit={submit} data-testid="sign-up-email-form">
      <h1 class="form-title">{t("sign_up.title")}</h1>
      <TextField
        label={t("sign_up.email")}
        hint={t("sign_up.email_hint")}
        value={props.email}
        onValue={props.onEmail}
        problem={problem}
        type="email"
        autocomplete="email"
        testid="sign-up-email"
        literal
        focusOnMount
      />
      <FormProblem error={problem === undefined ? error.value : undefined} />
      <button
        type="submit"
        class="button button-main"
        aria-disabled={busy.value}
        data-testid="sign-up-email-submit"
      >
        {t(busy.value ? "sign_up.sending_code" : "sign_up.send_code")}
      </button>
      <p class="form-other">
        {t("sign_up.has_account")}{" "}
        <button
          type="button"
          class="text-button"
          data-testid="go-to-sign-in"
          onClick={props.onSignIn}
        >
          {t("sign_up.sign_in")}
        </button>
      </p>
    </form>
  );
}
