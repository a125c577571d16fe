import type { Id } from "../lib/protocol/model.ts";
import { mayRetry } from "./connection.ts";
import type { Timers } from "./timers.ts";

/** Milliseconds in which several receipts of one conversation become one. */
const GATHER = 300;
/** Milliseconds after which a receipt that could not be sent is sent again. */
const RETRY = 5_000;

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
  let open = true;

  const flush = () => {
    stop?.();
    stop = undefined;
    for (const [key, receipt] of due) {
      const { kind, conversation, seq } = receipt;
      due.delete(key);
      send(kind, conversation, seq).then(
        () => sent.set(key, Math.max(sent.get(key) ?? 0, seq)),
        // Unless a later one replaced it. The next connection sends it, or this one after a while.
        (error) => {
          if (!open || !mayRetry(error)) return;
          if (!due.has(key)) due.set(key, receipt);
          stop ??= timers.after(RETRY, flush);
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
      open = false;
      stop?.();
      due.clear();
    },
  };
}
