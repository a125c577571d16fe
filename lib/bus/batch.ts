import { setImmediate } from "node:timers";

/**
 * Collects what is added within one turn of the event loop and flushes it as one array.
 * `setImmediate`, because a timer of 0 ms costs a millisecond or two.
 */
export function createBatch<T>(flush: (items: T[]) => void): (item: T) => void {
  let items: T[] = [];
  return (item) => {
    if (items.push(item) > 1) return;
    setImmediate(() => {
      const batch = items;
      items = [];
      flush(batch);
    });
  };
}
