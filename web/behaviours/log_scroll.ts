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
  const anchor = useRef<{ row: Element; offset: number } | undefined>(undefined);

  /** A row's place in the scrolled content, which scrolling does not change. */
  const offsetOf = (box: HTMLElement, row: Element) =>
    row.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;

  const remember = () => {
    const box = log.current;
    const row = box && firstInView(box, rows.current);
    anchor.current = box && row ? { row, offset: offsetOf(box, row) } : undefined;
  };

  const settle = () => {
    const box = log.current;
    if (box === null) return;
    const kept = anchor.current;
    if (atBottom.peek()) box.scrollTop = box.scrollHeight;
    else if (kept?.row.isConnected) box.scrollTop += offsetOf(box, kept.row) - kept.offset;
    remember();
    if (box.scrollTop < TOP_REACH_PX) wantsOlder();
  };

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

  // The listeners above are added once and must call what the latest render made.
  const latest = useRef({ settle, wantsOlder });
  latest.current = { settle, wantsOlder };

  return {
    log,
    rows,
    atBottom,
    toBottom() {
      atBottom.value = true;
      settle();
    },
  };
}

/** Rows are in order, so the first one that reaches into view is found by halving. */
function firstInView(box: HTMLElement, rows: HTMLElement | null): Element | undefined {
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
  return rows.children[low];
}
