import type { JSX } from "preact";
import { usePage } from "../page_context.ts";

/** Not for people: tells a password manager whose password the form is about. */
export function OwnUsername(): JSX.Element {
  const { session } = usePage();
  return (
    <input
      type="text"
      class="hidden-text"
      value={session.me.value?.username ?? ""}
      autocomplete="username"
      aria-hidden="true"
      tabIndex={-1}
      readOnly
    />
  );
}
