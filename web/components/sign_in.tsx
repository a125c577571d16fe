import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { FormProblem } from "./form_problem.tsx";
import { PasswordField } from "./password_field.tsx";
import { TextField } from "./text_field.tsx";

export function SignIn(props: { onSignUp(): void }): JSX.Element {
  const { client, session, t } = usePage();
  const login = useSignal("");
  const password = useSignal("");
  const incomplete = useSignal(false);
  const { busy, error, submit } = useSubmission(async () => {
    incomplete.value = login.value.trim() === "" || password.value === "";
    if (!incomplete.value) await client.session.signIn(login.value.trim(), password.value);
  });
  const problem = (field: string, value: string) =>
    incomplete.value && value.trim() === ""
      ? t("problem.required")
      : fieldProblemText(t, error.value, field);
  const saidAtField = fieldProblemText(t, error.value, "login") ??
    fieldProblemText(t, error.value, "password");
  const state = session.state.value;
  const ended = state.name === "signed-out" ? state.reason : undefined;
  return (
    <form class="form" noValidate onSubmit={submit} data-testid="sign-in-form">
      <h1 class="form-title">{t("sign_in.title")}</h1>
      {ended !== undefined && <p class="notice" role="status">{t(`sign_in.${ended}`)}</p>}
      <TextField
        label={t("sign_in.login")}
        value={login.value}
        onValue={(value) => login.value = value}
        problem={problem("login", login.value)}
        autocomplete="username"
        testid="sign-in-login"
        literal
        focusOnMount
      />
      <PasswordField
        label={t("sign_in.password")}
        value={password.value}
        onValue={(value) => password.value = value}
        problem={problem("password", password.value)}
        autocomplete="current-password"
        testid="sign-in-password"
      />
      <FormProblem error={saidAtField === undefined ? error.value : undefined} />
      <button
        type="submit"
        class="button button-main"
        aria-disabled={busy.value}
        data-testid="sign-in-submit"
      >
        {t(busy.value ? "sign_in.busy" : "sign_in.submit")}
      </button>
      <p class="form-other">
        {t("sign_in.no_account")}{" "}
        <button
          type="button"
          class="text-button"
          data-testid="go-to-sign-up"
          onClick={props.onSignUp}
        >
          {t("sign_in.create_account")}
        </button>
      </p>
    </form>
  );
}
