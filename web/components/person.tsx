import type { ComponentChildren, JSX } from "preact";
import type { PresenceState, User } from "../../lib/protocol/model.ts";
import { usePage } from "../page_context.ts";
import { Avatar } from "./avatar.tsx";

type PersonProps = {
  user: User;
  testid: string;
  /** Instead of the name that the person gave themselves. */
  name?: string;
  /** Behind the name, in quieter ink. */
  suffix?: string;
  /** Beside the username. */
  about?: string | undefined;
  state?: PresenceState | undefined;
  /** What they wrote, or a form that belongs to them. */
  below?: ComponentChildren;
  /** What can be done. */
  children?: ComponentChildren;
};

/** A list item about one person. */
export function Person(props: PersonProps): JSX.Element {
  const { names } = usePage();
  const { user } = props;
  const name = props.name ?? names.own(user);
  return (
    <li class="person" data-testid={props.testid} data-user={user.id} data-username={user.username}>
      <Avatar name={name} picture={user.avatar} deleted={user.deleted} state={props.state} />
      <div class="person-names">
        <p class="person-name" dir="auto">
          {name}
          {props.suffix && <span class="person-suffix">{` (${props.suffix})`}</span>}
        </p>
        <p class="person-username">
          {!user.deleted && <span class="person-handle">@{user.username}</span>}
          {props.about && <span class="person-about">{props.about}</span>}
        </p>
      </div>
      <div class="person-actions">{props.children}</div>
      {props.below && <div class="person-below">{props.below}</div>}
    </li>
  );
}
