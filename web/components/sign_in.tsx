import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import type { TextKey } from "../texts/text.ts";
import { FormProblem } from "./form_problem.tsx";
import { PasswordField } from "./password_field.tsx";
import { PersonCheckNote } from "./person_check_note.tsx";
import { TextField } from "./text_field.tsx";

type SignInProps = {
  /** Whose password was just reset. */
  reset: string | undefined;
  onSignUp(): void;
  onReset(): void;
};

export function SignIn(props: SignInProps): JSX.Element {
  const { client, session, dates, t } = usePage();
  const login = useSignal(props.reset ?? "");
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
  const notice = said();
  return (
    <form class="form" noValidate onSubmit={submit} data-testid="sign-in-form">
      <h1 class="form-title">{t("sign_in.title")}</h1>
      {notice !== undefined && (
        <p class="notice" role="status" data-testid="sign-in-notice">{notice}</p>
      )}
      <TextField
        label={t("sign_in.login")}
        value={login.value}
        onValue={(value) => login.value = value}
        problem={problem("login", login.value)}
        autocomplete="username"
        testid="sign-in-login"
        literal
        focusOnMount={props.reset === undefined}
      />
      <PasswordField
        label={t("sign_in.password")}
        value={password.value}
        onValue={(value) => password.value = value}
        problem={problem("password", password.value)}
        autocomplete="current-password"
        testid="sign-in-password"
        focusOnMount={props.reset !== undefined}
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
      <PersonCheckNote />
      <button type="button" class="text-button" data-testid="forgot" onClick={props.onReset}>
        {t("sign_in.forgot")}
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

  /** Why one has to sign in. */
  function said(): string | undefined {
    if (props.reset !== undefined) return t("sign_in.password_changed");
    const state = session.state.value;
    if (state.name !== "signed-out") return undefined;
    if (state.deletesAt !== undefined) {
      return t("sign_in.deleting", { time: dates.moment(state.deletesAt) });
    }
    return state.reason && t(BECAUSE[state.because ?? ""] ?? `sign_in.${state.reason}`);
  }
}

/** What the server says of a session that it ended. */
const BECAUSE: Partial<Record<string, TextKey>> = {
  "session-ended": "sign_in.ended_elsewhere",
  "other-sessions-ended": "sign_in.ended_elsewhere",
  "password-changed": "sign_in.password_changed",
  "password-reset": "sign_in.password_changed",
  "refresh-token-reused": "sign_in.copied",
  "deletion-asked": "sign_in.deletion_asked",
  "account-disabled": "sign_in.locked",
  "too-many-sessions": "sign_in.too_many",
};
