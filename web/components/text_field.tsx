import type { JSX, TargetedInputEvent } from "preact";
import { useId } from "preact/hooks";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";

type TextFieldProps = {
  label: string;
  value: string;
  onValue(value: string): void;
  testid: string;
  hint?: string;
  problem?: string | undefined;
  type?: keyof typeof TYPES;
  autocomplete?: string;
  placeholder?: string;
  maxLength?: number;
  /** For names and addresses, which no keyboard should correct or capitalise. */
  literal?: boolean;
  focusOnMount?: boolean;
  /** A control at the field's end. */
  children?: JSX.Element;
};

/** One object for each type: JSX knows an input's attributes by the type, one type at a time. */
const TYPES = {
  text: { type: "text" },
  email: { type: "email" },
  password: { type: "password" },
  search: { type: "search" },
} as const;

export function TextField(props: TextFieldProps): JSX.Element {
  const id = useId();
  const input = useFocusOnMount<HTMLInputElement>(props.focusOnMount ?? false);
  const described = props.problem !== undefined ? `${id}-problem` : props.hint && `${id}-hint`;
  return (
    <div class="field">
      <label class="field-label" for={id}>{props.label}</label>
      <div class="field-box">
        <input
          ref={input}
          id={id}
          class="field-input"
          {...TYPES[props.type ?? "text"]}
          value={props.value}
          onInput={(event: TargetedInputEvent<HTMLInputElement>) =>
            props.onValue(event.currentTarget.value)}
          autocomplete={props.autocomplete ?? "off"}
          autocapitalize={props.literal ? "none" : undefined}
          spellcheck={props.literal ? false : undefined}
          placeholder={props.placeholder}
          maxLength={props.maxLength}
          aria-invalid={props.problem !== undefined}
          aria-describedby={described || undefined}
          data-testid={props.testid}
        />
        {props.children}
      </div>
      {props.problem !== undefined
        ? (
          <p id={`${id}-problem`} class="field-problem" data-testid={`${props.testid}-problem`}>
            {props.problem}
          </p>
        )
        : props.hint && <p id={`${id}-hint`} class="field-hint">{props.hint}</p>}
    </div>
  );
}
