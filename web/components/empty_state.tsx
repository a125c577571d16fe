import type { ComponentChildren, JSX } from "preact";

/** Says why there is nothing, and what to do next. */
export function EmptyState(
  props: { title: string; body: string; children?: ComponentChildren },
): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{props.title}</p>
      <p class="empty-body">{props.body}</p>
      {props.children}
    </div>
  );
}
