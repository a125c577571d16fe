import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

type FieldProps = {
  label: string;
  testid: string;
  hint?: string | undefined;
  problem?: string | undefined;
  /** The control, with what ties it to its label and to what is said below it. */
  children(tied: Tied): ComponentChildren;
};

type Tied = { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined };

/** A control with its label, and below it what is wrong or else a hint. */
export function Field({ label, testid, hint, problem, children }: FieldProps): JSX.Element {
  const id = useId();
  const described = problem !== undefined ? `${id}-problem` : hint && `${id}-hint`;
  return (
    <div class="field">
      <label class="field-label" for={id}>{label}</label>
      <div class="field-box">
        {children({
          id,
          "aria-invalid": problem !== undefined,
          "aria-describedby": described || undefined,
        })}
      </div>
      {problem !== undefined
        ? (
          <p id={`${id}-problem`} class="field-problem" data-testid={`${testid}-problem`}>
            {problem}
          </p>
        )
        : hint && <p id={`${id}-hint`} class="field-hint">{hint}</p>}
    </div>
  );
}
