import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCodeSteps } from "../behaviours/code_steps.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { ChangeAddress } from "./change_address.tsx";
import { CodeStep } from "./code_step.tsx";
import { EmailStep } from "./email_step.tsx";
import { FormProblem } from "./form_problem.tsx";
import { NewPasswordField } from "./new_password_field.tsx";

type ResetPasswordProps = { onBack(): void; onDone(email: string): void };

/** The way back in for who has forgotten the password. */
export function ResetPassword({ onBack, onDone }: ResetPasswordProps): JSX.Element {
  const { client, t } = usePage();
  const steps = useCodeSteps("reset-password");
  const { step, email, code } = steps;
  const password = useSignal("");
  const missing = useSignal(false);
  const { busy, error, submit, forget } = useSubmission(async () => {
    missing.value = password.value === "";
    if (missing.value) return;
    await steps.use(async () => {
      const reset = { email: email.value, code: code.value, password: password.value };
      await client.session.resetPassword(reset);
      onDone(email.value);
    });
  });

  if (step.value === "email") {
    return (
      <EmailStep
        steps={steps}
        testid="reset"
        title={t("reset.title")}
        label={t("code.email")}
        hint={t("reset.email_lead")}
      >
        <button type="button" class="text-button" data-testid="go-to-sign-in" onClick={onBack}>
          {t("reset.back")}
        </button>
      </EmailStep>
    );
  }
  if (step.value === "code") {
    return (
      <CodeStep
        steps={steps}
        testid="reset"
        title={t("code.title")}
        lead={t("reset.code_sent", { email: email.value })}
      />
    );
  }
  const saidAtField = fieldProblemText(t, error.value, "password") !== undefined;
  return (
    <form class="form" noValidate onSubmit={submit} data-testid="reset-password-form">
      <h1 class="form-title">{t("reset.title")}</h1>
      <p class="form-lead">{t("reset.body")}</p>
      <NewPasswordField
        label={t("reset.password")}
        value={password.value}
        onValue={(value) => password.value = value}
        error={error.value}
        missing={missing.value}
        testid="reset-password"
        focusOnMount
      />
      <FormProblem error={saidAtField ? undefined : error.value} />
      <button
        type="submit"
        class="button button-main"
        aria-disabled={busy.value}
        data-testid="reset-submit"
      >
        {t(busy.value ? "reset.busy" : "reset.submit")}
      </button>
      <ChangeAddress steps={steps} testid="reset" onChange={forget} />
    </form>
  );
}
