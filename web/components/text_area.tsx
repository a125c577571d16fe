import type { JSX } from "preact";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { useGrowingHeight } from "../behaviours/growing_height.ts";
import { Field } from "./field.tsx";

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
  const field = useFocusOnMount<HTMLTextAreaElement>(props.focusOnMount ?? false);
  useGrowingHeight(field, props.value);
  return (
    <Field label={props.label} testid={props.testid} hint={props.hint} problem={props.problem}>
      {(tied) => (
        <textarea
          {...tied}
          ref={field}
          class="field-input field-area"
          rows={3}
          value={props.value}
          onInput={(event) => props.onValue(event.currentTarget.value)}
          maxLength={props.maxLength}
          dir="auto"
          data-testid={props.testid}
        />
      )}
    </Field>
  );
}
