/** Keeps an isolate running: one that dies is started again. */
import { messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { atMost, type Timers } from "../lib/timers.ts";
import type { Isolate } from "./start_one.ts";

export interface KeptIsolate extends AsyncDisposable {
  readonly port: number;
}

/** Milliseconds before the first try to start it again; each one that fails doubles them. */
const SOON = 500;
const SELDOM = 30_000;
/** Milliseconds after which a try to start it again has failed: what it waits for may never come. */
const START_WITHIN = 60_000;

/**
 * @param start rejects soon once the signal says that nobody waits for it any more
 * @throws whatever keeps the first start from succeeding
 */
export async function keepIsolate(
  start: (calledOff?: AbortSignal) => Promise<Isolate>,
  { log, timers }: { log: Log; timers: Timers },
): Promise<KeptIsolate> {
  const first = await start();
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  // Undefined while it is away.
  let current: Promise<Isolate | undefined> = Promise.resolve(first);

  const startAgain = async (wait: number): Promise<Isolate | undefined> => {
    await atMost(timers, wait, stopped);
    if (signal.aborted) return undefined;
    const late = new AbortController();
    const inTime = timers.after(
      START_WITHIN,
      () => late.abort(new Error(`it took longer than ${START_WITHIN / 1_000} s`)),
    );
    try {
      const isolate = await start(AbortSignal.any([signal, late.signal]));
      log.info("isolate.started");
      return isolate;
    } catch (error) {
      if (!signal.aborted) log.error("isolate.not-started", { error: messageOf(error) });
      return undefined;
    } finally {
      inTime();
    }
  };

  const watch = async () => {
    let wait = SOON;
    while (!signal.aborted) {
      const isolate = await current;
      if (isolate !== undefined) {
        wait = SOON;
        const reason = await Promise.race([isolate.died, stopped]);
        if (signal.aborted) return;
        log.error("isolate.died", { reason });
      }
      current = startAgain(wait);
      wait = Math.min(2 * wait, SELDOM);
    }
  };
  void watch();

  return {
    port: first.port,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await (await current)?.stop();
    },
  };
}
