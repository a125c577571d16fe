import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon.tsx";

type SelectFieldProps = {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onValue(value: string): void;
  testid: string;
};

export function SelectField(props: SelectFieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>{props.label}</label>
      <div class="field-box select-box">
        <select
          id={id}
          class="field-input select"
          value={props.value}
          onChange={(event) => props.onValue(event.currentTarget.value)}
          data-testid={props.testid}
        >
          {props.options.map(({ value, label }) => (
            <option key={value} value={value}>{label}</option>
          ))}
        </select>
        <Icon name="unfold" size={16} />
      </div>
    </div>
  );
}
