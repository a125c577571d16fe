import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The `autofocus` attribute works only while a document loads, and this page replaces screens. */
export function useFocusOnMount<T extends HTMLElement>(wanted = true): RefObject<T | null> {
  const element = useRef<T>(null);
  useEffect(() => {
    if (wanted) element.current?.focus();
  }, []);
  return element;
}
