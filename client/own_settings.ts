import type { Id, OwnSettings, Time } from "../lib/protocol/model.ts";
import type { Ask } from "./tokens.ts";

/** What a person chooses for a conversation: for their own devices alone. */
export interface OwnSettingsChanges {
  /** No notifications until then; null lets them come again. */
  setMuted(conversation: Id, until: Time | null): Promise<void>;
  setPinned(conversation: Id, on: boolean): Promise<void>;
  setHidden(conversation: Id, on: boolean): Promise<void>;
  setMarkedUnread(conversation: Id, on: boolean): Promise<void>;
  storeDraft(conversation: Id, text: string): Promise<void>;
}

/** @param settling is called when the server is asked, and what it answers with the answer */
export function createOwnSettings(
  ask: Ask,
  settling: (
    conversation: Id,
    wanted: Partial<OwnSettings>,
  ) => (settings: OwnSettings) => void,
): OwnSettingsChanges {
  const change = async (conversation: Id, wanted: Partial<OwnSettings>) => {
    const settled = settling(conversation, wanted);
    const path = `/conversations/${conversation}/me`;
    // Drafts are stored when somebody leaves. Browsers let little outlive a page, which these are.
    settled(
      await ask("PATCH", path, wanted, {
        outlivesPage: wanted.draft !== undefined,
        again: true,
      }),
    );
  };
  return {
    setMuted: (conversation, mutedUntil) => change(conversation, { mutedUntil }),
    setPinned: (conversation, pinned) => change(conversation, { pinned }),
    setHidden: (conversation, hidden) => change(conversation, { hidden }),
    setMarkedUnread: (conversation, markedUnread) => change(conversation, { markedUnread }),
    storeDraft: (conversation, draft) => change(conversation, { draft }),
  };
}
