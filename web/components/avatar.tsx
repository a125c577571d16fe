import type { JSX } from "preact";
import type { PresenceState } from "../../lib/protocol/model.ts";

type AvatarProps = {
  name: string;
  small?: boolean;
  /** Drawn as a dot; it is said in words beside. */
  state?: PresenceState | undefined;
};

/** The first character of a name. Decoration: the name itself is always beside it. */
export function Avatar({ name, small, state }: AvatarProps): JSX.Element {
  const [first = "?"] = new Intl.Segmenter().segment(name);
  const initial = typeof first === "string" ? first : first.segment;
  return (
    <span class={small ? "avatar avatar-small" : "avatar"} aria-hidden="true">
      {initial.toLocaleUpperCase()}
      {state !== undefined && state !== "unknown" && (
        <span class="presence-dot" data-presence={state} data-testid="presence-dot" />
      )}
    </span>
  );
}
