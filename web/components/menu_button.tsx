import { useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";
import { Menu, type MenuItem, type Near } from "./menu.tsx";

type MenuButtonProps = {
  label: string;
  testid: string;
  /** Asked when the menu opens: what can be done may depend on the time. */
  items(): readonly MenuItem[];
  icon?: IconName;
  class?: string;
  /** A word on the button instead of the icon. */
  text?: string;
  /** Where the button is, for whoever gives the focus back to it. */
  opener?: RefObject<HTMLButtonElement | null>;
};

export function MenuButton(props: MenuButtonProps): JSX.Element {
  const near = useSignal<Near | undefined>(undefined);
  /** A press on the button closes an open menu already; the click after it opens no other. */
  const wasOpen = useRef(false);
  const open = near.value;
  return (
    <>
      <button
        ref={props.opener ?? null}
        type="button"
        class={props.class ?? "icon-button"}
        aria-label={props.text === undefined ? props.label : undefined}
        title={props.text === undefined ? props.label : undefined}
        aria-haspopup="menu"
        aria-expanded={open !== undefined}
        data-testid={props.testid}
        onPointerDown={() => wasOpen.current = near.value !== undefined}
        onClick={(event) => {
          if (!wasOpen.current) near.value = event.currentTarget.getBoundingClientRect();
          wasOpen.current = false;
        }}
      >
        {props.text ?? <Icon name={props.icon ?? "more"} />}
      </button>
      {open && (
        <Menu
          label={props.label}
          near={open}
          items={props.items()}
          onClose={() => near.value = undefined}
        />
      )}
    </>
  );
}
