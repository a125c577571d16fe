import type { JSX, TargetedInputEvent } from "preact";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { Field } from "./field.tsx";

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
  const input = useFocusOnMount<HTMLInputElement>(props.focusOnMount ?? false);
  return (
    <Field label={props.label} testid={props.testid} hint={props.hint} problem={props.problem}>
      {(tied) => (
        <>
          <input
            {...tied}
            ref={input}
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
            data-wants-focus={props.focusOnMount || undefined}
            data-testid={props.testid}
          />
          {props.children}
        </>
      )}
    </Field>
  );
}
