import type { Id } from "../lib/protocol/model.ts";
import { mayRetry } from "./connection.ts";
import { backoff, type Timers } from "./timers.ts";

/** Milliseconds after the last key until a draft is stored. */
const GATHER = 1_000;

/**
 * What was typed and not sent. What is typed here counts until the server has it; then what the
 * server says counts, which another device may have changed.
 */
export interface Drafts {
  /** `stored` is what the server has. */
  get(conversation: Id, stored: string): string;
  set(conversation: Id, text: string): void;
  /** Tries to store now what is not stored yet. */
  flush(): Promise<void>;
  forget(conversation: Id): void;
  close(): void;
}

/** What the server does not have. `text` differs from `saving` when typing went on meanwhile. */
type Unsaved = { text: string; saving: boolean; failures: number; stop: () => void };

export function createDrafts(parts: {
  save: (conversation: Id, text: string) => Promise<void>;
  /** What the server has. */
  stored: (conversation: Id) => string;
  changed: (conversation: Id) => void;
  timers: Timers;
}): Drafts {
  const { stored, changed, timers } = parts;
  const unsaved = new Map<Id, Unsaved>();
  let open = true;

  const drop = (conversation: Id) => {
    unsaved.get(conversation)?.stop();
    unsaved.delete(conversation);
  };

  const save = async (conversation: Id): Promise<void> => {
    const draft = unsaved.get(conversation);
    if (draft === undefined || draft.saving || !open) return;
    draft.stop();
    draft.saving = true;
    const { text } = draft;
    try {
      await parts.save(conversation, text);
      draft.failures = 0;
    } catch (error) {
      draft.saving = false;
      if (!open || unsaved.get(conversation) !== draft) return;
      // What the server will not have stays here.
      if (mayRetry(error)) later(conversation, draft, backoff(++draft.failures, timers));
      return;
    }
    draft.saving = false;
    if (!open || unsaved.get(conversation) !== draft) return;
    if (draft.text === text) {
      drop(conversation);
      changed(conversation);
    } else later(conversation, draft, GATHER);
  };

  const later = (conversation: Id, draft: Unsaved, ms: number) => {
    draft.stop();
    draft.stop = timers.after(ms, () => void save(conversation));
  };

  return {
    get: (conversation, stored) => unsaved.get(conversation)?.text ?? stored,
    set: (conversation, text) => {
      let draft = unsaved.get(conversation);
      if (draft === undefined) {
        if (text === stored(conversation)) return;
        draft = { text, saving: false, failures: 0, stop: () => {} };
        unsaved.set(conversation, draft);
      }
      draft.text = text;
      if (!draft.saving) {
        // Typed and taken back, or sent, before it was stored: there is nothing to tell.
        if (text === stored(conversation)) drop(conversation);
        else later(conversation, draft, GATHER);
      }
      // Not with every key: lists are long.
      if (text === "") changed(conversation);
    },
    flush: async () => {
      await Promise.all([...unsaved.keys()].map(save));
    },
    forget: drop,
    close: () => {
      open = false;
      for (const { stop } of unsaved.values()) stop();
    },
  };
}
