import type { BusListener, Envelope } from "../../lib/bus/bus.ts";
import { eventually } from "./deadline.ts";

/** A bus listener that remembers what it hears. */
export interface Collector extends BusListener {
  readonly heard: Envelope[];
  /** Resolves once at least `count` envelopes came. */
  until(count: number): Promise<void>;
}

export function createCollector(): Collector {
  const heard: Envelope[] = [];
  return {
    heard,
    envelope: (envelope) => void heard.push(envelope),
    reconnected: () => {},
    until: (count) => eventually(() => heard.length >= count, `hearing ${count} envelopes`),
  };
}
