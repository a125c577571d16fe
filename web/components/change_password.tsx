import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { codeOf, fieldProblemText } from "../texts/problem_text.ts";
import { CurrentPasswordField } from "./current_password_field.tsx";
import { FormProblem } from "./form_problem.tsx";
import { NewPasswordField } from "./new_password_field.tsx";
import { OwnUsername } from "./own_username.tsx";

export function ChangePassword(): JSX.Element {
  const { client, t } = usePage();
  const current = useSignal("");
  const password = useSignal("");
  const incomplete = useSignal(false);
  const changed = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    changed.value = false;
    incomplete.value = current.value === "" || password.value === "";
    if (incomplete.value) return;
    await client.security.changePassword(current.value, password.value);
    current.value = "";
    password.value = "";
    changed.value = true;
  });
  const wrong = error.value !== undefined && codeOf(error.value) === "credentials";
  const saidAtField = wrong || fieldProblemText(t, error.value, "password") !== undefined;
  return (
    <form class="form setting-form" noValidate onSubmit={submit} data-testid="password-form">
      <p class="setting-body">{t("password.body")}</p>
      <OwnUsername />
      <CurrentPasswordField
        label={t("password.current")}
        value={current.value}
        onValue={(value) => current.value = value}
        testid="current-password"
        missing={incomplete.value}
        refused={wrong ? "problem.current_password" : undefined}
      />
      <NewPasswordField
        label={t("password.new")}
        value={password.value}
        onValue={(value) => password.value = value}
        error={error.value}
        missing={incomplete.value}
        testid="new-password"
      />
      <FormProblem
        error={saidAtField ? undefined : error.value}
        special={{ conflict: "problem.password_stale" }}
      />
      <button
        type="submit"
        class="button button-main"
        aria-disabled={busy.value}
        data-testid="password-submit"
      >
        {t(busy.value ? "password.changing" : "password.change")}
      </button>
      <p class="saved-note" role="status" data-testid="password-changed">
        {changed.value && t("password.changed")}
      </p>
    </form>
  );
}
