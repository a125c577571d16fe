import { useEffect, useRef } from "preact/hooks";
import type { Thread } from "../stores/thread.ts";
import { usePage } from "../page_context.ts";
import { useDocumentVisible } from "./document_visible.ts";

/** Says that the newest message was read once it is really in front of somebody: `inView`. */
export function useReadMarker(thread: Thread, inView: boolean): void {
  const { client } = usePage();
  const visible = useDocumentVisible();
  const marked = useRef(0);
  const newest = thread.view.value.messages.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (!visible || !inView || newest <= marked.current) return;
    marked.current = newest;
    client.thread.markRead(thread.conversation, newest);
  }, [visible, inView, newest]);
}
