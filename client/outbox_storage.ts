import type { Id } from "../lib/protocol/model.ts";
import type { PendingMessage } from "./views.ts";

/** One message that was written and not acknowledged yet. `order` is its place in the outbox. */
export type StoredSend = PendingMessage & { order: number };

/**
 * Where unacknowledged messages wait. A put that resolved must survive whatever the program is
 * meant to survive: for a page, its reload.
 */
export interface OutboxStorage {
  /** Ascending by `order`. */
  load(account: Id): Promise<StoredSend[]>;
  put(account: Id, send: StoredSend): Promise<void>;
  remove(account: Id, clientId: Id): Promise<void>;
}

/** Keeps the outbox for as long as the program runs: for tests and bots. */
export function createMemoryOutboxStorage(): OutboxStorage {
  const accounts = new Map<Id, Map<Id, StoredSend>>();
  const of = (account: Id) => {
    let sends = accounts.get(account);
    if (sends === undefined) accounts.set(account, sends = new Map());
    return sends;
  };
  return {
    load: (account) => Promise.resolve([...of(account).values()].sort((a, b) => a.order - b.order)),
    put: (account, send) => Promise.resolve(void of(account).set(send.clientId, send)),
    remove: (account, clientId) => Promise.resolve(void of(account).delete(clientId)),
  };
}
