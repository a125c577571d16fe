import type { Id } from "../lib/protocol/model.ts";
import { mayRetry } from "./connection.ts";
import type { Timers } from "./timers.ts";

/** Milliseconds in which several receipts of one conversation become one. */
const GATHER = 300;

export type ReceiptKind = "read" | "delivered";

/** Tells the server how far this person has read and received: rarely, and the furthest only. */
export interface ReceiptSender {
  move(kind: ReceiptKind, conversation: Id, seq: number): void;
  /** The connection is there: what waits is sent. */
  flush(): void;
  /** What was told of this conversation belongs to another history. */
  forget(conversation: Id): void;
  close(): void;
}

export function createReceiptSender(
  send: (kind: ReceiptKind, conversation: Id, seq: number) => Promise<unknown>,
  timers: Timers,
): ReceiptSender {
  type Due = { kind: ReceiptKind; conversation: Id; seq: number };
  const due = new Map<string, Due>();
  const sent = new Map<string, number>();
  let stop: (() => void) | undefined;

  const flush = () => {
    stop?.();
    stop = undefined;
    for (const [key, receipt] of due) {
      const { kind, conversation, seq } = receipt;
      due.delete(key);
      send(kind, conversation, seq).then(
        () => sent.set(key, Math.max(sent.get(key) ?? 0, seq)),
        // Not connected: the next connection sends it, unless a later one replaced it.
        (error) => {
          if (mayRetry(error) && !due.has(key)) due.set(key, receipt);
        },
      );
    }
  };

  return {
    move: (kind, conversation, seq) => {
      const key = `${kind} ${conversation}`;
      if (seq <= Math.max(sent.get(key) ?? 0, due.get(key)?.seq ?? 0)) return;
      due.set(key, { kind, conversation, seq });
      stop ??= timers.after(GATHER, flush);
    },
    flush,
    forget: (conversation) => {
      for (const kind of ["read", "delivered"]) {
        due.delete(`${kind} ${conversation}`);
        sent.delete(`${kind} ${conversation}`);
      }
    },
    close: () => {
      stop?.();
      due.clear();
    },
  };
}
