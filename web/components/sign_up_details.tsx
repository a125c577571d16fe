import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { FormProblem } from "./form_problem.tsx";
import { NewPasswordField } from "./new_password_field.tsx";
import type { SignUpAnswers } from "./sign_up_answers.ts";
import { TextField } from "./text_field.tsx";

type SignUpDetailsProps = {
  answers: SignUpAnswers;
  onChange(part: Partial<SignUpAnswers>): void;
  register(): Promise<void>;
  onSignIn(): void;
};

const FIELDS = ["displayName", "username", "password"] as const;

export function SignUpDetails(props: SignUpDetailsProps): JSX.Element {
  const { answers, onChange, register, onSignIn } = props;
  const { t } = usePage();
  const incomplete = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    incomplete.value = answers.username.trim() === "" || answers.password === "";
    if (!incomplete.value) await register();
  });
  const problem = (field: "displayName" | "username") =>
    incomplete.value && field === "username" && answers.username === ""
      ? t("problem.required")
      : fieldProblemText(t, error.value, field);
  const saidAtField = FIELDS.some((field) => fieldProblemText(t, error.value, field));
  const emailTaken = fieldProblemText(t, error.value, "email") !== undefined;
  return (
    <form class="form" noValidate onSubmit={submit} data-testid="sign-up-details-form">
      <h1 class="form-title">{t("sign_up.details_title")}</h1>
      <TextField
        label={t("sign_up.display_name")}
        hint={t("sign_up.display_name_hint")}
        value={answers.displayName}
        onValue={(displayName) => onChange({ displayName })}
        problem={problem("displayName")}
        autocomplete="name"
        testid="sign-up-display-name"
        focusOnMount
      />
      <TextField
        label={t("sign_up.username")}
        hint={t("sign_up.username_hint")}
        value={answers.username}
        onValue={(username) => onChange({ username: username.trim() })}
        problem={problem("username")}
        autocomplete="username"
        testid="sign-up-username"
        literal
      />
      <NewPasswordField
        label={t("sign_up.password")}
        value={answers.password}
        onValue={(password) => onChange({ password })}
        error={error.value}
        missing={incomplete.value}
        testid="sign-up-password"
      />
      <FormProblem
        error={saidAtField ? undefined : error.value}
        special={{ conflict: emailTaken ? "problem.email_taken" : "problem.account_taken" }}
      />
      <button
        type="submit"
        class="button button-main"
        aria-disabled={busy.value}
        data-testid="sign-up-submit"
      >
        {t(busy.value ? "sign_up.busy" : "sign_up.submit")}
      </button>
      {/* Only now, with the code, may it be told that the address has an account. */}
      {emailTaken && (
        <p class="form-other">
          {t("sign_up.has_account")}{" "}
          <button
            type="button"
            class="text-button"
            data-testid="go-to-sign-in"
            onClick={onSignIn}
          >
            {t("sign_up.sign_in")}
          </button>
        </p>
      )}
    </form>
  );
}
