import type { JSX } from "preact";

/** Parley's sign; the same drawing as favicon.svg, in the colours of the theme. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="40" height="40" aria-hidden="true">
      <path
        class="mark-bubble"
        d="M8 4h16a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5h-8.5L9 29.2c-.7.5-1.6 0-1.6-.8V24A5 5 0 0 1 3 19V9a5 5 0 0 1 5-5z"
      />
      <path class="mark-lines" d="M10 11.5h12M10 16.5h7" />
    </svg>
  );
}
