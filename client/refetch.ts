import type { Id } from "../lib/protocol/model.ts";
import { mayRetry } from "./connection.ts";
import { backoff, type Timers } from "./timers.ts";

/** Asks the server for things again: what belongs together at once, and until it has worked. */
export interface Refetch {
  /** Within `after` milliseconds. Whoever asks while an answer is under way gets another one. */
  ask(id: Id, after?: number): void;
  close(): void;
}

type Turn = { at: number; stop: () => void; running: boolean; again: number; failures: number };

export function createRefetch(fetch: (id: Id) => Promise<void>, timers: Timers): Refetch {
  const turns = new Map<Id, Turn>();
  let open = true;

  const schedule = (id: Id, turn: Turn, after: number) => {
    turn.stop();
    turn.at = timers.now() + after;
    if (after === 0) run(id, turn);
    else turn.stop = timers.after(after, () => run(id, turn));
  };

  const run = (id: Id, turn: Turn) => {
    turn.running = true;
    turn.again = Infinity;
    fetch(id).then(() => {
      turn.running = false;
      turn.failures = 0;
      if (open && turn.again < Infinity) schedule(id, turn, turn.again);
      else turns.delete(id);
    }, (error) => {
      turn.running = false;
      if (open && mayRetry(error)) schedule(id, turn, backoff(++turn.failures, timers));
      else turns.delete(id);
    });
  };

  return {
    ask: (id, after = 0) => {
      const turn = turns.get(id);
      if (turn?.running) turn.again = Math.min(turn.again, after);
      else if (turn === undefined) {
        const next = { at: 0, stop: () => {}, running: false, again: Infinity, failures: 0 };
        turns.set(id, next);
        schedule(id, next, after);
      } else if (turn.failures === 0 && timers.now() + after < turn.at) schedule(id, turn, after);
    },
    close: () => {
      open = false;
      for (const { stop } of turns.values()) stop();
    },
  };
}
