import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { usePage } from "../page_context.ts";
import { fieldProblemText } from "../texts/problem_text.ts";
import { PasswordField } from "./password_field.tsx";

type NewPasswordFieldProps = {
  label: string;
  value: string;
  onValue(value: string): void;
  testid: string;
  /** Why the form was refused. */
  error: unknown;
  /** Whether it was submitted without a password. */
  missing: boolean;
  focusOnMount?: boolean;
};

/** Characters that the server asks for. Whatever else it says against a password is that it is weak. */
const LENGTH = { min: 8, max: 256 };

export function NewPasswordField(props: NewPasswordFieldProps): JSX.Element {
  const { t } = usePage();
  const { label, value, onValue, testid, error, focusOnMount = false } = props;
  const refused = useMemo(() => value, [error]);
  return (
    <PasswordField
      {...{ label, value, onValue, testid, focusOnMount }}
      hint={t("sign_up.password_hint")}
      problem={props.missing && value === "" ? t("problem.required") : problem()}
      autocomplete="new-password"
    />
  );

  function problem(): string | undefined {
    const said = fieldProblemText(t, error, "password");
    const { length } = [...refused];
    const fits = length >= LENGTH.min && length <= LENGTH.max;
    return said !== undefined && fits ? t("problem.password_guessable") : said;
  }
}
