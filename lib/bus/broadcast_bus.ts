import { createBatch } from "./batch.ts";
import type { Bus, BusListener, Envelope } from "./bus.ts";

/**
 * A bus across the isolates of one process, over BroadcastChannel. All channel names share one ring
 * of 256 posts and overflow is silent, so a turn's envelopes go as one post.
 */
export function openBroadcastBus(name = "parley"): Bus {
  const channel = new BroadcastChannel(name);
  const listeners = new Set<BusListener>();
  const deliver = (envelopes: readonly Envelope[]) => {
    for (const listener of [...listeners]) {
      for (const envelope of envelopes) {
        if (listeners.has(listener)) listener.envelope(envelope);
      }
    }
  };
  let open = true;
  channel.onmessage = (event: MessageEvent<Envelope[]>) => deliver(event.data);
  const publish = createBatch<Envelope>((envelopes) => {
    if (!open) return;
    channel.postMessage(envelopes);
    // A channel does not hear itself.
    deliver(envelopes);
  });
  return {
    publish,
    subscribe: (listener) => {
      listeners.add(listener);
      return Promise.resolve({
        // Everything comes anyway.
        add: () => undefined,
        remove: () => {},
        [Symbol.dispose]: () => void listeners.delete(listener),
      });
    },
    [Symbol.asyncDispose]: () => {
      open = false;
      listeners.clear();
      channel.close();
      return Promise.resolve();
    },
  };
}
