import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** Beyond the edges of what scrolls: what is there soon is fetched before it is seen. */
const AHEAD = "400px 0px";

/** Whether an element has been in view, or nearly, since it is there. */
export function useInView(element: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null || seen) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    }, { root: current.closest("[data-scrolls]"), rootMargin: AHEAD });
    observer.observe(current);
    return () => observer.disconnect();
  }, [seen]);
  return seen;
}
