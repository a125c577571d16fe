import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { useGrowingHeight } from "../behaviours/growing_height.ts";

type TextAreaProps = {
  label: string;
  value: string;
  onValue(value: string): void;
  testid: string;
  hint?: string;
  problem?: string | undefined;
  maxLength?: number;
  focusOnMount?: boolean;
};

/** A field for more than a line. */
export function TextArea(props: TextAreaProps): JSX.Element {
  const id = useId();
  const field = useFocusOnMount<HTMLTextAreaElement>(props.focusOnMount ?? false);
  useGrowingHeight(field, props.value);
  const described = props.problem !== undefined ? `${id}-problem` : props.hint && `${id}-hint`;
  return (
    <div class="field">
      <label class="field-label" for={id}>{props.label}</label>
      <div class="field-box">
        <textarea
          ref={field}
          id={id}
          class="field-input field-area"
          rows={3}
          value={props.value}
          onInput={(event) => props.onValue(event.currentTarget.value)}
          maxLength={props.maxLength}
          aria-invalid={props.problem !== undefined}
          aria-describedby={described || undefined}
          dir="auto"
          data-testid={props.testid}
        />
      </div>
      {props.problem !== undefined
        ? <p id={`${id}-problem`} class="field-problem">{props.problem}</p>
        : props.hint && <p id={`${id}-hint`} class="field-hint">{props.hint}</p>}
    </div>
  );
}
