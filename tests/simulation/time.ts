import { setImmediate } from "node:timers";

/** The one clock of a simulation. Nothing happens between two events; each is worked off wholly. */
export interface SimTime {
  now(): number;
  after(ms: number, callback: () => void): () => void;
  sleep(ms: number): Promise<void>;
  /** Lets time pass, and everything that falls due in it happen. */
  pass(ms: number): Promise<void>;
}

type Event = { at: number; number: number; callback: (() => void) | undefined };

/** @param afterEach called after each event, when everything that it led to at once has happened */
export function createSimTime(afterEach: () => void): SimTime {
  let now = 1_750_000_000_000;
  let count = 0;
  const queue = createQueue();

  const after = (ms: number, callback: () => void) => {
    const event: Event = { at: now + Math.max(0, ms), number: ++count, callback };
    queue.push(event);
    return () => event.callback = undefined;
  };

  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    pass: async (ms) => {
      const end = now + ms;
      await settle();
      afterEach();
      while (true) {
        const next = queue.first();
        if (next === undefined || next.at > end) break;
        queue.shift();
        const { callback } = next;
        if (callback === undefined) continue;
        now = next.at;
        callback();
        await settle();
        afterEach();
      }
      now = end;
    },
  };
}

/**
 * Real turns of the event loop, in which all promises settle: nothing real is waited for, so what
 * happens in them is the same every time. Two, because a lane begins a turn later.
 */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A binary heap: earliest first, and of one time the one that was there first. */
function createQueue() {
  const heap: Event[] = [];
  const before = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.number < b.number);
  const swap = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return false;
    heap[a] = other;
    heap[b] = one;
    return true;
  };
  const isBefore = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    return one !== undefined && other !== undefined && before(one, other);
  };
  return {
    first: () => heap[0],
    push: (event: Event) => {
      let at = heap.push(event) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isBefore(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    shift: () => {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      heap[0] = last;
      let at = 0;
      while (true) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        const child = isBefore(right, left) ? right : left;
        if (!isBefore(child, at)) break;
        swap(at, child);
        at = child;
      }
    },
  };
}
