import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { usePage } from "../page_context.ts";
import { Icon } from "./icon.tsx";
import { TextField } from "./text_field.tsx";

type PasswordFieldProps = {
  label: string;
  value: string;
  onValue(value: string): void;
  testid: string;
  autocomplete: "current-password" | "new-password";
  hint?: string;
  problem?: string | undefined;
  focusOnMount?: boolean;
};

export function PasswordField(props: PasswordFieldProps): JSX.Element {
  const { t } = usePage();
  const shown = useSignal(false);
  return (
    <TextField {...props} type={shown.value ? "text" : "password"} literal>
      <button
        type="button"
        class="icon-button field-end"
        aria-label={t(shown.value ? "password.hide" : "password.show")}
        data-testid={`${props.testid}-reveal`}
        onClick={() => shown.value = !shown.value}
      >
        <Icon name={shown.value ? "concealed" : "shown"} />
      </button>
    </TextField>
  );
}
