/// <reference lib="deno.worker" />
/** An isolate with a broadcast bus of its own, driven by messages. */
import { type Bus, type Envelope } from "../../lib/bus/bus.ts";
import { openBroadcastBus } from "../../lib/bus/broadcast_bus.ts";

export type BusOrder =
  | { open: string }
  | { publish: Envelope[] }
  | { subscribe: number }
  | { unsubscribe: number }
  | { dispose: true };

export type BusReport = { done: true } | { listener: number; heard: Envelope };

let bus: Bus | undefined;
const subscriptions = new Map<number, Disposable>();

self.onmessage = async ({ data }: MessageEvent<BusOrder>) => {
  if ("publish" in data) {
    for (const envelope of data.publish) bus?.publish(envelope);
    return;
  }
  if ("open" in data) bus = openBroadcastBus(data.open);
  else if ("subscribe" in data) await subscribe(data.subscribe);
  else if ("unsubscribe" in data) subscriptions.get(data.unsubscribe)?.[Symbol.dispose]();
  else await bus?.[Symbol.asyncDispose]();
  report({ done: true });
};

async function subscribe(listener: number): Promise<void> {
  const subscription = await bus?.subscribe({
    envelope: (heard) => report({ listener, heard }),
    reconnected: () => {},
  });
  if (subscription !== undefined) subscriptions.set(listener, subscription);
}

function report(answer: BusReport): void {
  self.postMessage(answer);
}
