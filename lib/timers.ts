/** Waiting and chance, injected so that tests can hold them. */
export interface Timers {
  /** Calls `callback` once after `ms`; the answer calls that off. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 up to, not including, 1. */
  random(): number;
}

export const realTimers: Timers = {
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Calls `callback` every `ms` until it is disposed. */
export function every(timers: Timers, ms: number, callback: () => void): Disposable {
  const tick = () => {
    stop = timers.after(ms, tick);
    callback();
  };
  let stop = timers.after(ms, tick);
  return { [Symbol.dispose]: () => stop() };
}

export function sleep(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => timers.after(ms, resolve));
}

/** Waits for `work`, and no longer than `ms`: what it comes to after that is nobody's. */
export async function atMost(
  timers: Timers,
  ms: number,
  work: PromiseLike<unknown>,
): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const callOff = timers.after(ms, resolve);
  try {
    await Promise.race([work, over]);
  } finally {
    callOff();
  }
}
