import type { Bus, Envelope } from "../../lib/bus/bus.ts";

/** A bus on which what one node publishes can be lost on the way out. */
export interface LossyBus extends Bus {
  /** Loses the envelopes that it picks. */
  lose: (envelope: Envelope) => boolean;
}

export function createLossyBus(bus: Bus): LossyBus {
  const lossy: LossyBus = {
    lose: () => false,
    publish: (envelope) => {
      if (!lossy.lose(envelope)) bus.publish(envelope);
    },
    subscribe: bus.subscribe,
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
  return lossy;
}
