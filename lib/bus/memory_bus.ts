import { createBatch } from "./batch.ts";
import type { Bus, BusListener, Envelope } from "./bus.ts";

/** A bus within one isolate. All that are opened on one wire hear one another. */
export function createMemoryWire(): { open(): Bus } {
  const listeners = new Set<BusListener>();
  const open = (): Bus => {
    const own = new Set<BusListener>();
    const deliver = createBatch<Envelope>((envelopes) => {
      for (const listener of [...listeners]) {
        for (const envelope of envelopes) listener.envelope(envelope);
      }
    });
    return {
      publish: deliver,
      subscribe: (listener) => {
        own.add(listener);
        listeners.add(listener);
        return Promise.resolve({
          [Symbol.dispose]: () => {
            own.delete(listener);
            listeners.delete(listener);
          },
        });
      },
      [Symbol.asyncDispose]: () => {
        for (const listener of own) listeners.delete(listener);
        return Promise.resolve();
      },
    };
  };
  return { open };
}
