import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** The `autofocus` attribute works only while a document loads, and this page replaces screens. */
export function useFocusOnMount<T extends HTMLElement>(wanted = true): RefObject<T | null> {
  const element = useRef<T>(null);
  // Before the screen is shown: any later, it would take the focus from a field that someone is in.
  useLayoutEffect(() => {
    if (wanted) element.current?.focus();
  }, []);
  return element;
}
