/** Keeps an isolate running: one that dies is started again. */
import type { Isolate } from "./start_one.ts";
import { messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Timers } from "../lib/timers.ts";

export interface KeptIsolate extends AsyncDisposable {
  readonly port: number;
}

/** Milliseconds before the first try to start it again; each one that fails doubles them. */
const SOON = 500;
const SELDOM = 30_000;

/** @throws whatever keeps the first start from succeeding */
export async function keepIsolate(
  start: () => Promise<Isolate>,
  { log, timers }: { log: Log; timers: Timers },
): Promise<KeptIsolate> {
  const first = await start();
  const stopping = Promise.withResolvers<void>();
  let stopped = false;
  // Undefined while it is away.
  let current: Promise<Isolate | undefined> = Promise.resolve(first);

  const startAgain = async (wait: number): Promise<Isolate | undefined> => {
    const waited = Promise.withResolvers<void>();
    const callOff = timers.after(wait, waited.resolve);
    await Promise.race([waited.promise, stopping.promise]);
    callOff();
    if (stopped) return undefined;
    try {
      const isolate = await start();
      log.info("isolate.started");
      return isolate;
    } catch (error) {
      log.error("isolate.not-started", { error: messageOf(error) });
      return undefined;
    }
  };

  const watch = async () => {
    let wait = SOON;
    while (!stopped) {
      const isolate = await current;
      if (isolate !== undefined) {
        wait = SOON;
        const reason = await Promise.race([isolate.died, stopping.promise]);
        if (stopped) return;
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
      stopped = true;
      stopping.resolve();
      await (await current)?.stop();
    },
  };
}
