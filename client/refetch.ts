import type { Id } from "../lib/protocol/model.ts";
import { ApiError } from "./api.ts";
import { mayRetry } from "./connection.ts";
import { backoff, type Timers } from "./timers.ts";

/** Asks the server for things again: what belongs together at once, and until it has worked. */
export interface Refetch {
  /**
   * Within `after` milliseconds. Whoever asks while an answer is under way gets another one; whoever
   * asks after a failure waits for the next try.
   */
  ask(id: Id, after?: number): void;
  /** At once, whatever is under way or failed: what held it up is gone. */
  restart(id: Id): void;
  /** Somebody else's question failed: the next one is asked from here, after a while. */
  failed(id: Id, error: unknown): void;
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
      if (turns.get(id) !== turn) return;
      if (open && turn.again < Infinity) schedule(id, turn, turn.again);
      else turns.delete(id);
    }, (error) => {
      turn.running = false;
      if (turns.get(id) === turn) retry(id, turn, error);
    });
  };

  const retry = (id: Id, turn: Turn, error: unknown) => {
    if (!open || !mayRetry(error)) return void turns.delete(id);
    const wanted = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
    schedule(id, turn, Math.max(wanted, backoff(++turn.failures, timers)));
  };

  const begin = (id: Id): Turn => {
    const turn = { at: 0, stop: () => {}, running: false, again: Infinity, failures: 0 };
    turns.set(id, turn);
    return turn;
  };

  return {
    ask: (id, after = 0) => {
      if (!open) return;
      const turn = turns.get(id);
      if (turn?.running) turn.again = Math.min(turn.again, after);
      else if (turn === undefined) schedule(id, begin(id), after);
      else if (turn.failures === 0 && timers.now() + after < turn.at) schedule(id, turn, after);
    },
    restart: (id) => {
      turns.get(id)?.stop();
      if (open) schedule(id, begin(id), 0);
    },
    failed: (id, error) => {
      if (open && !turns.has(id)) retry(id, begin(id), error);
    },
    close: () => {
      open = false;
      for (const { stop } of turns.values()) stop();
    },
  };
}
