import type { JSX } from "preact";
import type { PresenceState } from "../../lib/protocol/model.ts";
import { Icon } from "./icon.tsx";

type AvatarProps = {
  name: string;
  small?: boolean;
  /** Nobody's any more: then it is nobody's first letter, either. */
  deleted?: true | undefined;
  /** Drawn as a dot; it is said in words beside. */
  state?: PresenceState | undefined;
};

/** The first character of a name. Decoration: the name itself is always beside it. */
export function Avatar({ name, small, deleted, state }: AvatarProps): JSX.Element {
  const [first = "?"] = new Intl.Segmenter().segment(name);
  const initial = typeof first === "string" ? first : first.segment;
  return (
    <span class={small ? "avatar avatar-small" : "avatar"} aria-hidden="true">
      {deleted ? <Icon name="contacts" size={small ? 16 : 20} /> : initial.toLocaleUpperCase()}
      {state !== undefined && state !== "unknown" && (
        <span class="presence-dot" data-presence={state} data-testid="presence-dot" />
      )}
    </span>
  );
}
