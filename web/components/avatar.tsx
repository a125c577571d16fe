import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Id, PresenceState } from "../../lib/protocol/model.ts";
import { useInView } from "../behaviours/in_view.ts";
import { usePicture } from "../behaviours/picture.ts";
import { Icon } from "./icon.tsx";

type AvatarProps = {
  name: string;
  /** Of the file, where there is a picture. */
  picture?: Id | null | undefined;
  small?: boolean;
  /** Nobody's any more: then it is nobody's first letter, either. */
  deleted?: true | undefined;
  /** Drawn as a dot; it is said in words beside. */
  state?: PresenceState | undefined;
};

/**
 * A picture, or the first character of a name where there is none, or not yet. Decoration: the name
 * itself is always beside it.
 */
export function Avatar({ name, picture, small, deleted, state }: AvatarProps): JSX.Element {
  const [first = "?"] = new Intl.Segmenter().segment(name);
  const initial = typeof first === "string" ? first : first.segment;
  return (
    <span class={small ? "avatar avatar-small" : "avatar"} aria-hidden="true">
      {deleted ? <Icon name="contacts" size={small ? 16 : 20} /> : initial.toLocaleUpperCase()}
      {picture && !deleted && <AvatarPicture id={picture} />}
      {state !== undefined && state !== "unknown" && (
        <span class="presence-dot" data-presence={state} data-testid="presence-dot" />
      )}
    </span>
  );
}

function AvatarPicture({ id }: { id: Id }): JSX.Element {
  const place = useRef<HTMLSpanElement>(null);
  const { picture } = usePicture(useInView(place) ? { of: "file", id } : undefined);
  return (
    <span ref={place} class="avatar-picture">
      {picture?.name === "ready" && <img src={picture.url} alt="" data-testid="avatar-picture" />}
    </span>
  );
}
