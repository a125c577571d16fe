import { useSignal } from "@preact/signals";
import type { JSX, TargetedInputEvent } from "preact";
import { useId } from "preact/hooks";
import { useFocusOnMount } from "../behaviours/focus_on_mount.ts";
import { usePage } from "../page_context.ts";

export const CODE_LENGTH = 6;

type CodeFieldProps = {
  value: string;
  onValue(code: string): void;
  testid: string;
  problem?: string | undefined;
};

/**
 * Six boxes drawn behind one transparent input: one thing for a screen reader, for a phone that
 * offers the code from a message, and for pasting.
 */
export function CodeField(props: CodeFieldProps): JSX.Element {
  const { t } = usePage();
  const id = useId();
  const input = useFocusOnMount<HTMLInputElement>();
  const focused = useSignal(false);
  const typed = (event: TargetedInputEvent<HTMLInputElement>) => {
    const field = event.currentTarget;
    // Mails wrap codes in blanks and dashes, and Chinese keyboards type full-width digits.
    const digits = field.value.normalize("NFKC").replace(/\D/g, "").slice(0, CODE_LENGTH);
    field.value = digits;
    props.onValue(digits);
  };
  const next = Math.min(props.value.length, CODE_LENGTH - 1);
  return (
    <div class="field">
      <label class="field-label" for={id}>{t("code.label")}</label>
      <div class="code" data-invalid={props.problem !== undefined}>
        <div class="code-boxes" aria-hidden="true">
          {Array.from({ length: CODE_LENGTH }, (_, index) => (
            <span
              key={index}
              class="code-box"
              data-next={focused.value && index === next}
            >
              {props.value[index]}
            </span>
          ))}
        </div>
        <input
          ref={input}
          id={id}
          class="code-input"
          value={props.value}
          onInput={typed}
          onFocus={() => focused.value = true}
          onBlur={() => focused.value = false}
          inputMode="numeric"
          autocomplete="one-time-code"
          spellcheck={false}
          aria-invalid={props.problem !== undefined}
          aria-describedby={props.problem === undefined ? undefined : `${id}-problem`}
          data-testid={props.testid}
        />
      </div>
      {props.problem !== undefined && (
        <p id={`${id}-problem`} class="field-problem">{props.problem}</p>
      )}
    </div>
  );
}
