import type { JSX } from "preact";
import type { CodeSteps } from "../behaviours/code_steps.ts";
import { usePage } from "../page_context.ts";

type ChangeAddressProps = { steps: CodeSteps; testid: string; onChange?(): void };

/** The way back from wherever it turns out that the address is not the right one. */
export function ChangeAddress({ steps, testid, onChange }: ChangeAddressProps): JSX.Element {
  const { t } = usePage();
  return (
    <button
      type="button"
      class="text-button"
      data-testid={`${testid}-change-email`}
      onClick={() => {
        onChange?.();
        steps.changeAddress();
      }}
    >
      {t("code.change_email")}
    </button>
  );
}
