import type { Answers } from "../lib/protocol/frames.ts";
import type { Id } from "../lib/protocol/model.ts";
import { ApiError } from "./api.ts";
import { mayRetry } from "./connection.ts";
import type { OutboxStorage, StoredSend } from "./outbox_storage.ts";
import { backoff, type Timers } from "./timers.ts";
import type { PendingMessage } from "./views.ts";

/**
 * Messages on their way to the server. One per conversation waits for its answer at a time, so that
 * they are stored in the order in which they were written; each is sent again, under the same
 * `clientId`, until the server has said what became of it.
 */
export interface Outbox {
  pending(conversation: Id): readonly PendingMessage[];
  /** Resolves once the message would survive a restart. */
  add(send: PendingMessage): Promise<void>;
  retry(clientId: Id): Promise<void>;
  discard(clientId: Id): Promise<void>;
  /** The message was seen in the log, so no answer is needed any more. */
  confirm(clientId: Id): void;
  /**
   * The log has come as far as `rev`. Up to there it shows what was acknowledged, or never will: it
   * was said before this person was removed and came back, or a window with it was dropped.
   */
  reached(conversation: Id, rev: number): void;
  /** The connection is there: what waits is sent. */
  flush(): void;
  close(): void;
}

type Entry = StoredSend & {
  inFlight: boolean;
  attempts: number;
  /** How many of them the server answered with `internal`. */
  internals: number;
  /** The revision under which the server has it; it is shown until the log has come so far. */
  acknowledged: number | undefined;
};

const UNTRIED = { attempts: 0, internals: 0, acknowledged: undefined };

/** Answers `internal` after which a message is taken for one that the server cannot store. */
const MAX_INTERNAL = 5;

export async function openOutbox(parts: {
  account: Id;
  storage: OutboxStorage;
  timers: Timers;
  transmit: (send: PendingMessage) => Promise<Answers["message.send"]>;
  /** The server has it. It stays in `pending` until it is confirmed. */
  stored: (send: PendingMessage, answer: Answers["message.send"]) => void;
  changed: (conversation: Id) => void;
}): Promise<Outbox> {
  const { account, storage, timers, transmit, stored, changed } = parts;
  const entries = new Map<Id, Entry>();
  for (const send of await storage.load(account)) {
    entries.set(send.clientId, { ...send, ...UNTRIED, inFlight: false });
  }
  let order = Math.max(0, ...[...entries.values()].map((entry) => entry.order));
  let open = true;
  /** Conversations whose first message waits for a back-off. */
  const waiting = new Map<Id, () => void>();

  const of = (conversation: Id) =>
    [...entries.values()].filter((entry) => entry.conversation === conversation)
      .sort((a, b) => a.order - b.order);

  const forget = (entry: Entry) => {
    entries.delete(entry.clientId);
    changed(entry.conversation);
    unsave(entry);
  };

  const unsave = (entry: Entry) => {
    // If this fails, the message is sent once more after a restart, and recognised by the server.
    storage.remove(account, entry.clientId).catch(() => {});
  };

  const save = async (entry: Entry) => {
    await storage.put(account, { ...plain(entry), order: entry.order });
  };

  const pump = async (conversation: Id): Promise<void> => {
    const queue = of(conversation);
    if (!open || waiting.has(conversation) || queue.some((entry) => entry.inFlight)) return;
    const entry = queue.find((each) => each.state === "sending" && each.acknowledged === undefined);
    if (entry === undefined) return;
    entry.inFlight = true;
    entry.attempts++;
    try {
      const answer = await transmit(entry);
      entry.inFlight = false;
      if (!open) return;
      entry.acknowledged = answer.rev;
      unsave(entry);
      stored(entry, answer);
    } catch (error) {
      entry.inFlight = false;
      if (!open) return;
      if (codeOf(error) === "internal") entry.internals++;
      const hopeless = entry.internals >= MAX_INTERNAL;
      // The log may have shown it meanwhile: then only what follows is left to do.
      if (entries.get(entry.clientId) === entry && mayRetry(error) && !hopeless) {
        const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
        const wait = Math.max(asked, backoff(entry.attempts, timers));
        waiting.set(
          conversation,
          timers.after(wait, () => {
            waiting.delete(conversation);
            void pump(conversation);
          }),
        );
        return;
      }
      if (entries.get(entry.clientId) === entry) fail(entry, error);
    }
    void pump(conversation);
  };

  const fail = (entry: Entry, error: unknown) => {
    entry.state = "failed";
    const message = error instanceof Error ? error.message : String(error);
    entry.failure = { code: codeOf(error), message };
    changed(entry.conversation);
    save(entry).catch(() => {});
  };

  return {
    pending: (conversation) => of(conversation).map(plain),
    add: async (send) => {
      // Shown at once, but held back until it is safe: what was sent must not be forgotten.
      const entry: Entry = { ...send, order: ++order, ...UNTRIED, inFlight: true };
      entries.set(entry.clientId, entry);
      changed(entry.conversation);
      try {
        await save(entry);
        entry.inFlight = false;
      } catch (error) {
        entry.inFlight = false;
        fail(entry, error);
      }
      void pump(entry.conversation);
    },
    retry: async (clientId) => {
      const entry = entries.get(clientId);
      if (entry === undefined || entry.state !== "failed") return;
      entry.state = "sending";
      delete entry.failure;
      // A person who tries again means it now, at the end of the line.
      entry.order = ++order;
      Object.assign(entry, UNTRIED);
      changed(entry.conversation);
      await save(entry);
      void pump(entry.conversation);
    },
    discard: (clientId) => {
      const entry = entries.get(clientId);
      if (entry?.state === "failed") forget(entry);
      return Promise.resolve();
    },
    confirm: (clientId) => {
      const entry = entries.get(clientId);
      if (entry !== undefined) forget(entry);
    },
    reached: (conversation, rev) => {
      for (const entry of of(conversation)) {
        const { acknowledged } = entry;
        if (acknowledged !== undefined && acknowledged <= rev) forget(entry);
      }
    },
    flush: () => {
      for (const stop of waiting.values()) stop();
      waiting.clear();
      for (const conversation of new Set([...entries.values()].map((e) => e.conversation))) {
        void pump(conversation);
      }
    },
    close: () => {
      open = false;
      for (const stop of waiting.values()) stop();
      waiting.clear();
    },
  };
}

/** An entry as others know it. */
function plain(entry: Entry): PendingMessage {
  const { inFlight: _, attempts: _a, internals: _i, acknowledged: _k, order: _o, ...send } = entry;
  return send;
}

function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : "internal";
}
