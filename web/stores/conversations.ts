import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { ConversationView } from "../../client/views.ts";
import type { Id } from "../../lib/protocol/model.ts";

export type ConversationsStore = {
  /** Latest activity first. */
  list: ReadonlySignal<readonly ConversationView[]>;
  /** Whether an empty list means that there are none. */
  loaded: ReadonlySignal<boolean>;
  unread: ReadonlySignal<number>;
  /** Also one that the list leaves out. Whatever renders the answer follows it. */
  find(conversation: Id): ConversationView | undefined;
};

export function createConversationsStore(client: Client): ConversationsStore {
  const list = signal(client.conversations.list());
  const loaded = signal(list.value.length > 0);
  client.on("conversations", () => {
    list.value = client.conversations.list();
    loaded.value = true;
  });
  client.on("connection", (state) => {
    if (state.name === "ready") loaded.value = true;
  });
  client.on("session", (state) => {
    if (state.name === "signed-in") return;
    list.value = [];
    loaded.value = false;
  });
  return {
    list,
    loaded,
    unread: computed(() => list.value.reduce((sum, view) => sum + view.unread, 0)),
    find: (conversation) => {
      // Every change of one makes another list.
      void list.value;
      return client.conversations.get(conversation);
    },
  };
}
