import type { Bus, BusListener, Envelope } from "../../lib/bus/bus.ts";
import type { BusOrder, BusReport } from "./bus_worker.ts";
import { within } from "./deadline.ts";

/** A bus that lives in another isolate. Disposing the bus leaves the isolate; `stop` ends that. */
export async function openWorkerBus(channel: string): Promise<{ bus: Bus; stop: () => void }> {
  const worker = new Worker(new URL("./bus_worker.ts", import.meta.url), { type: "module" });
  const listeners = new Map<number, BusListener>();
  const orders: (() => void)[] = [];
  let failure: string | undefined;
  worker.onerror = (event) => {
    event.preventDefault();
    failure = event.message;
  };
  worker.onmessage = ({ data }: MessageEvent<BusReport>) => {
    if ("done" in data) orders.shift()?.();
    else listeners.get(data.listener)?.envelope(data.heard);
  };
  const order = (message: BusOrder) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    orders.push(resolve);
    worker.postMessage(message);
    return within(promise, `the isolate's answer to ${Object.keys(message)}`);
  };

  // One turn here is one turn there: each message would be a turn of its own.
  let turn: Envelope[] = [];
  let ids = 0;
  await order({ open: channel });
  return {
    bus: {
      publish: (envelope) => {
        if (turn.push(envelope) > 1) return;
        queueMicrotask(() => {
          worker.postMessage({ publish: turn } satisfies BusOrder);
          turn = [];
        });
      },
      subscribe: async (listener) => {
        const id = ++ids;
        listeners.set(id, listener);
        await order({ subscribe: id });
        return {
          add: () => undefined,
          remove: () => {},
          [Symbol.dispose]: () => {
            listeners.delete(id);
            void order({ unsubscribe: id });
          },
        };
      },
      [Symbol.asyncDispose]: () => order({ dispose: true }),
    },
    stop: () => {
      worker.terminate();
      if (failure !== undefined) throw new Error(`the isolate failed: ${failure}`);
    },
  };
}
