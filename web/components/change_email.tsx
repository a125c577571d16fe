import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCodeSteps } from "../behaviours/code_steps.ts";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { codeOf, fieldProblemText } from "../texts/problem_text.ts";
import { ChangeAddress } from "./change_address.tsx";
import { CodeStep } from "./code_step.tsx";
import { CurrentPasswordField } from "./current_password_field.tsx";
import { EmailStep } from "./email_step.tsx";
import { FormProblem } from "./form_problem.tsx";
import { OwnUsername } from "./own_username.tsx";

export function ChangeEmail(): JSX.Element {
  const { client, session, t } = usePage();
  const steps = useCodeSteps("change-email");
  const { step, email, code } = steps;
  const password = useSignal("");
  const missing = useSignal(false);
  const changed = useSignal(false);
  const { busy, error, submit, forget } = useSubmission(async () => {
    missing.value = password.value === "";
    if (missing.value) return;
    await steps.use(async () => {
      const change = { email: email.value, code: code.value, password: password.value };
      await client.security.changeEmail(change);
      changed.value = true;
    });
  });
  const now = session.me.value?.email ?? "";

  if (changed.value) {
    return (
      <p class="notice" role="status" data-testid="email-changed">
        {t("email.changed", { email: now })}
      </p>
    );
  }
  if (step.value === "email") {
    return (
      <div class="setting-form">
        <p class="setting-body" data-testid="email-now">{t("email.now", { email: now })}</p>
        <EmailStep
          steps={steps}
          testid="change"
          label={t("email.new")}
          hint={t("code.email_hint")}
          refuse={(email) => email.toLowerCase() === now ? t("email.same") : undefined}
        />
      </div>
    );
  }
  if (step.value === "code") {
    return (
      <div class="setting-form">
        <CodeStep
          steps={steps}
          testid="change"
          lead={t("email.code_sent", { email: email.value })}
        />
      </div>
    );
  }
  // Without a field it is the password that is not what it was when the request began.
  const taken = fieldProblemText(t, error.value, "email") !== undefined;
  const wrong = error.value !== undefined && codeOf(error.value) === "credentials";
  return (
    <form class="form setting-form" noValidate onSubmit={submit} data-testid="change-email-form">
      <p class="form-lead">{t("email.password_lead", { email: email.value })}</p>
      <OwnUsername />
      <CurrentPasswordField
        label={t("email.password")}
        value={password.value}
        onValue={(value) =>
          password.value = value}
        testid="change-password"
        missing={missing.value}
        refused={wrong ? "problem.password" : undefined}
      />
      <FormProblem
        error={wrong ? undefined : error.value}
        special={{ conflict: taken ? "problem.email_used" : "problem.password_stale" }}
      />
      <button
        type="submit"
        class="button button-main"
        aria-disabled={busy.value}
        data-testid="change-submit"
      >
        {t(busy.value ? "email.busy" : "email.submit")}
      </button>
      <ChangeAddress steps={steps} testid="change" onChange={forget} />
    </form>
  );
}
