import { useEffect, useState } from "preact/hooks";

/** As in the style sheet: from here on the details stand beside the thread. */
const WIDE = "(min-width: 1200px)";

/** Whether a thread and its details are both in view. */
export function useWideWindow(): boolean {
  const [wide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const query = matchMedia(WIDE);
    const update = () => setWide(query.matches);
    update();
    query.addEventListener("change", update);
    return () => query.removeEventListener("change", update);
  }, []);
  return wide;
}
