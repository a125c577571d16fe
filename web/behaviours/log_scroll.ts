import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** Nearer to the bottom than this counts as being there. */
const BOTTOM_SLACK_PX = 24;
/** Nearer to the top than this, older messages are fetched. */
const TOP_REACH_PX = 400;

export type LogScroll = {
  log: RefObject<HTMLDivElement | null>;
  /** The element in the log that holds its rows. */
  rows: RefObject<HTMLDivElement | null>;
  atBottom: ReadonlySignal<boolean>;
  toBottom(): void;
  /** Brings a message into the middle, and leaves the log there. */
  toMessage(element: Element): void;
};

/**
 * Keeps what somebody reads where it is. At the bottom, the log follows new messages; further up,
 * the first row in view stays in its place, whatever is added above or below it. The browser's own
 * scroll anchoring is off in the style sheet: it does nothing at the very top, and Safari has none.
 */
export function useLogScroll(wantsOlder: () => void): LogScroll {
  const log = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const atBottom = useSignal(true);
  const anchor = useRef<{ element: Element; offset: number } | undefined>(undefined);

  const remember = () => {
    const box = log.current;
    const element = box && anchorInView(box, rows.current);
    anchor.current = box && element ? { element, offset: offsetOf(box, element) } : undefined;
  };

  const settle = () => {
    const box = log.current;
    if (box === null) return;
    const kept = anchor.current;
    if (atBottom.peek()) box.scrollTop = box.scrollHeight;
    else if (kept?.element.isConnected) box.scrollTop += offsetOf(box, kept.element) - kept.offset;
    remember();
    if (box.scrollTop < TOP_REACH_PX) wantsOlder();
  };

  // The listeners below are added once and must call what the latest render made.
  const latest = useRef({ settle, wantsOlder });
  latest.current = { settle, wantsOlder };

  useLayoutEffect(settle);

  useEffect(() => {
    const box = log.current;
    if (box === null) return;
    const scrolled = () => {
      atBottom.value = box.scrollHeight - box.scrollTop - box.clientHeight <= BOTTOM_SLACK_PX;
      remember();
      if (box.scrollTop < TOP_REACH_PX) latest.current.wantsOlder();
    };
    const resized = new ResizeObserver(() => latest.current.settle());
    resized.observe(box);
    if (rows.current) resized.observe(rows.current);
    box.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      resized.disconnect();
      box.removeEventListener("scroll", scrolled);
    };
  }, []);

  return {
    log,
    rows,
    atBottom,
    toBottom() {
      atBottom.value = true;
      settle();
    },
    toMessage(element) {
      const box = log.current;
      if (box === null) return;
      const spare = box.clientHeight - element.getBoundingClientRect().height;
      box.scrollTop = offsetOf(box, element) - Math.max(0, spare / 2);
      atBottom.value = box.scrollHeight - box.scrollTop - box.clientHeight <= BOTTOM_SLACK_PX;
      remember();
    },
  };
}

/** An element's place in the scrolled content, which scrolling does not change. */
function offsetOf(box: HTMLElement, element: Element): number {
  return element.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
}

/**
 * The first message in view. Dates and sender names are no anchors: they move to another row when
 * older messages of the same day or group arrive. Rows are in order, so halving finds the place.
 */
function anchorInView(box: HTMLElement, rows: HTMLElement | null): Element | undefined {
  if (rows === null) return undefined;
  const top = box.getBoundingClientRect().top;
  let low = 0;
  let high = rows.children.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const bottom = rows.children[middle]?.getBoundingClientRect().bottom ?? 0;
    if (bottom > top) high = middle;
    else low = middle + 1;
  }
  for (let row = rows.children[low]; row; row = row.nextElementSibling ?? undefined) {
    const anchor = row.querySelector("[data-anchor]");
    if (anchor !== null) return anchor;
  }
  return undefined;
}
