import type { Client } from "../../client/client.ts";
import type { Id } from "../../lib/protocol/model.ts";

/** What was typed and not sent, by conversation, for as long as the page is open. */
export type DraftStore = {
  get(conversation: Id): string;
  set(conversation: Id, text: string): void;
};

export function createDraftStore(client: Client): DraftStore {
  const drafts = new Map<Id, string>();
  client.on("session", (state) => {
    if (state.name !== "signed-in") drafts.clear();
  });
  return {
    get: (conversation) => drafts.get(conversation) ?? "",
    set(conversation, text) {
      if (text === "") drafts.delete(conversation);
      else drafts.set(conversation, text);
    },
  };
}
