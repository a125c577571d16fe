import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** Lets a text area grow with its text where the style sheet's `field-sizing` cannot. */
export function useGrowingHeight(
  field: RefObject<HTMLTextAreaElement | null>,
  text: string,
): void {
  useLayoutEffect(() => {
    const area = field.current;
    if (area === null || CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);
}
