import type { JSX } from "preact";

/** The first character of a name. Decoration: the name itself is always beside it. */
export function Avatar(props: { name: string; small?: boolean }): JSX.Element {
  const [first = "?"] = new Intl.Segmenter().segment(props.name);
  const initial = typeof first === "string" ? first : first.segment;
  return (
    <span class={props.small ? "avatar avatar-small" : "avatar"} aria-hidden="true">
      {initial.toLocaleUpperCase()}
    </span>
  );
}
