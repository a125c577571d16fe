import type { JSX } from "preact";
import { useSubmission } from "../behaviours/submission.ts";
import { FormProblem } from "./form_problem.tsx";

type SwitchProps = {
  label: string;
  on: boolean;
  set(on: boolean): Promise<void>;
  testid: string;
  hint?: string;
};

/** Shows what is, not what was asked for: it moves when the change has been made. */
export function Switch(props: SwitchProps): JSX.Element {
  const { busy, error, run } = useSubmission(() => props.set(!props.on));
  return (
    <div class="switch-row">
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={props.on}
        aria-disabled={busy.value}
        data-testid={props.testid}
        onClick={() => void run()}
      >
        <span class="switch-words">
          {props.label}
          {props.hint && <span class="field-hint">{props.hint}</span>}
        </span>
        <span class="switch-track" aria-hidden="true" />
      </button>
      <FormProblem error={error.value} />
    </div>
  );
}
