import type { ComponentChildren, JSX, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

export type MenuItem = {
  label: string;
  testid: string;
  run(): void;
  icon?: IconName;
  /** Drawn in the colour of failure: it takes something away. */
  grave?: boolean;
};

/** What a menu stands beside: a button, or the place of a click. */
export type Near = { left: number; right: number; top: number; bottom: number };

type MenuProps = {
  label: string;
  near: Near;
  items: readonly MenuItem[];
  onClose(): void;
  /** Buttons of another kind above the items; they need the role `menuitem`. */
  children?: ComponentChildren;
};

const MARGIN_PX = 8;
const GAP_PX = 4;
/** Narrower than this, the style sheet makes a sheet of it that rises from the bottom. */
const SHEET = "(max-width: 479px)";

/** In the top layer, so that nothing clips it; the browser closes it on Escape or a click beside. */
export function Menu(props: MenuProps): JSX.Element {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = menu.current;
    if (box === null) return;
    box.showPopover();
    if (!matchMedia(SHEET).matches) place(box, props.near);
    itemsOf(box)[0]?.focus();
    const closed = (event: Event) => {
      if (event instanceof ToggleEvent && event.newState === "closed") props.onClose();
    };
    box.addEventListener("toggle", closed);
    return () => box.removeEventListener("toggle", closed);
  }, []);

  const keyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const items = itemsOf(event.currentTarget);
    const at = items.findIndex((item) => item === document.activeElement);
    const next = nextIndex(event.key, at, items.length);
    if (event.key === "Tab") menu.current?.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    items[next]?.focus();
  };
  // Any of the buttons closes it, and gives the focus back before it does what it says.
  const clicked = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest("[role=menuitem]")) {
      menu.current?.hidePopover();
    }
  };
  return (
    <div
      ref={menu}
      popover="auto"
      class="menu"
      role="menu"
      aria-label={props.label}
      onKeyDown={keyDown}
      onClickCapture={clicked}
      data-testid="menu"
    >
      {props.children}
      {props.items.map((item) => (
        <button
          key={item.testid}
          type="button"
          class="menu-item"
          role="menuitem"
          tabIndex={-1}
          data-grave={item.grave}
          data-testid={item.testid}
          onClick={item.run}
        >
          {item.icon && <Icon name={item.icon} />}
          {item.label}
        </button>
      ))}
    </div>
  );
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
}

function nextIndex(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "ArrowRight":
      return (at + 1) % count;
    case "ArrowUp":
    case "ArrowLeft":
      return (at - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
  }
  return undefined;
}

/** Below what it belongs to, or above where there is no room; never beyond the window. */
function place(box: HTMLElement, near: Near): void {
  const { width, height } = box.getBoundingClientRect();
  const below = near.bottom + GAP_PX;
  const fits = below + height <= innerHeight - MARGIN_PX;
  const top = fits ? below : Math.max(MARGIN_PX, near.top - GAP_PX - height);
  const fromLeft = near.left + width <= innerWidth - MARGIN_PX;
  const left = fromLeft ? near.left : Math.max(MARGIN_PX, near.right - width);
  box.style.top = `${Math.min(top, Math.max(MARGIN_PX, innerHeight - MARGIN_PX - height))}px`;
  box.style.left = `${left}px`;
}
