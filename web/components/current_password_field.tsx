import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import type { TextKey } from "../texts/text.ts";
import { PasswordField } from "./password_field.tsx";

type CurrentPasswordFieldProps = {
  label: string;
  value: string;
  onValue(value: string): void;
  testid: string;
  /** Whether the form was submitted without a password. */
  missing: boolean;
  /** What is said where the server refused it, if it did. */
  refused: TextKey | undefined;
};

/** Who changes what protects the account shows that it is theirs. */
export function CurrentPasswordField(props: CurrentPasswordFieldProps): JSX.Element {
  const { t } = usePage();
  const { label, value, onValue, testid, missing, refused } = props;
  const said = missing && value === "" ? "problem.required" : refused;
  return (
    <PasswordField
      {...{ label, value, onValue, testid }}
      problem={said && t(said)}
      autocomplete="current-password"
      focusOnMount
    />
  );
}
