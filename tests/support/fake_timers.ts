import type { Timers } from "../../client/timers.ts";

export interface FakeTimers extends Timers {
  /** Lets time pass, and everything that falls due in it happen. */
  pass(ms: number): Promise<void>;
}

/** Time that stands still until it is told to pass; chance is always one half. */
export function createFakeTimers(): FakeTimers {
  let now = 1_000_000;
  const due = new Set<{ at: number; callback: () => void }>();
  return {
    now: () => now,
    random: () => 0.5,
    after: (ms, callback) => {
      const timer = { at: now + ms, callback };
      due.add(timer);
      return () => void due.delete(timer);
    },
    pass: async (ms) => {
      const end = now + ms;
      await settle();
      while (true) {
        const next = [...due].sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        due.delete(next);
        now = next.at;
        next.callback();
        await settle();
      }
      now = end;
    },
  };
}

/** Lets promises that are due settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
