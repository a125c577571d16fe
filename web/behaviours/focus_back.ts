import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * For what opens something: it has the focus again once that is closed, unless somebody has put
 * the focus elsewhere meanwhile. Without this, it falls to the start of the page.
 */
export function useFocusBack<T extends HTMLElement>(open: boolean): RefObject<T | null> {
  const opener = useRef<T>(null);
  const was = useRef(open);
  useLayoutEffect(() => {
    const closed = was.current && !open;
    was.current = open;
    if (closed && document.activeElement === document.body) opener.current?.focus();
  }, [open]);
  return opener;
}
