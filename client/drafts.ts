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
  /** Tries to store now what is not stored yet, also what is newer than what is being stored. */
  flush(): Promise<void>;
  forget(conversation: Id): void;
  close(): void;
}

/** What the server does not have. `text` is newer than what `saving` stores if typing went on. */
type Unsaved = {
  text: string;
  saving: Promise<void> | undefined;
  failures: number;
  stop: () => void;
};

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
    if (draft === undefined || draft.saving !== undefined || !open) return;
    draft.stop();
    await (draft.saving = store(conversation, draft));
  };

  const store = async (conversation: Id, draft: Unsaved): Promise<void> => {
    const { text } = draft;
    try {
      await parts.save(conversation, text);
      draft.failures = 0;
    } catch (error) {
      draft.saving = undefined;
      if (!open || unsaved.get(conversation) !== draft) return;
      // What the server will not have stays here.
      if (mayRetry(error)) later(conversation, draft, backoff(++draft.failures, timers));
      return;
    }
    draft.saving = undefined;
    if (!open || unsaved.get(conversation) !== draft) return;
    if (draft.text === text) {
      drop(conversation);
      changed(conversation);
    } else soon(conversation, draft);
  };

  /** What was sent, or taken back, would come back as a draft if the page ended before it is told. */
  const soon = (conversation: Id, draft: Unsaved) => {
    if (draft.text === "") void save(conversation);
    else later(conversation, draft, GATHER);
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
        draft = { text, saving: undefined, failures: 0, stop: () => {} };
        unsaved.set(conversation, draft);
      }
      draft.text = text;
      if (draft.saving === undefined) {
        // Typed and taken back, or sent, before it was stored: there is nothing to tell.
        if (text === stored(conversation)) drop(conversation);
        else soon(conversation, draft);
      }
      // Not with every key: lists are long.
      if (text === "") changed(conversation);
    },
    flush: async () => {
      await Promise.all([...unsaved].map(async ([conversation, { saving }]) => {
        // The others at once: the page may be ending.
        if (saving !== undefined) await saving;
        await save(conversation);
      }));
    },
    forget: drop,
    close: () => {
      open = false;
      for (const { stop } of unsaved.values()) stop();
    },
  };
}
