import { useEffect, useState } from "preact/hooks";
import type { Time } from "../../lib/protocol/model.ts";
import { now } from "../now.ts";

/** A timer's longest wait: any longer, and it ends at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** `time` while it is to come. Whatever renders the answer is rendered again when it has come. */
export function useUntil(time: Time | null | undefined): Time | undefined {
  const [, setEnded] = useState(0);
  const end = time ? Date.parse(time) : 0;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      const left = end - now();
      if (left <= 0) return setEnded(end);
      timer = setTimeout(wait, Math.min(left, LONGEST_MS));
    };
    if (end > now()) wait();
    return () => clearTimeout(timer);
  }, [end]);
  return time && end > now() ? time : undefined;
}
