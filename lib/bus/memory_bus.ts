import { createBatch } from "./batch.ts";
import type { Bus, BusListener, Envelope } from "./bus.ts";

/** A bus within one isolate. All that are opened on one wire hear one another. */
export function createMemoryWire(): { open(): Bus } {
  const listeners = new Set<BusListener>();
  const openBus = (): Bus => {
    const own = new Set<BusListener>();
    let open = true;
    const deliver = createBatch<Envelope>((envelopes) => {
      if (!open) return;
      for (const listener of [...listeners]) {
        for (const envelope of envelopes) {
          if (listeners.has(listener)) listener.envelope(envelope);
        }
      }
    });
    return {
      publish: deliver,
      subscribe: (listener) => {
        own.add(listener);
        listeners.add(listener);
        return Promise.resolve({
          // Everything comes anyway.
          add: () => undefined,
          remove: () => {},
          [Symbol.dispose]: () => {
            own.delete(listener);
            listeners.delete(listener);
          },
        });
      },
      [Symbol.asyncDispose]: () => {
        open = false;
        for (const listener of own) listeners.delete(listener);
        return Promise.resolve();
      },
    };
  };
  return { open: openBus };
}
