import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../../client/client.ts";
import type { ConversationView } from "../../client/views.ts";
import type { Id } from "../../lib/protocol/model.ts";

export type ConversationsStore = {
  /** Latest activity first. */
  list: ReadonlySignal<readonly ConversationView[]>;
  /** Whether an empty list means that there are none. */
  loaded: ReadonlySignal<boolean>;
  /** Of what is muted, only what mentions this person. */
  unread: ReadonlySignal<number>;
  /** Also one that the list leaves out. Whatever renders the answer follows it. */
  find(conversation: Id): ConversationView | undefined;
};

/** What the store needs of the client. */
type Source = Pick<Client, "on"> & { conversations: Pick<Client["conversations"], "list" | "get"> };

export function createConversationsStore(client: Source): ConversationsStore {
  const list = signal(client.conversations.list());
  const loaded = signal(list.value.length > 0);
  let isDue = false;
  // The whole list is made and drawn again: once for all that changed in one go, such as at the
  // start of a connection. The client also says so when it has loaded an empty one.
  client.on("conversations", () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      if (!isDue) return;
      isDue = false;
      list.value = client.conversations.list();
      loaded.value = true;
    });
  });
  client.on("session", (state) => {
    if (state.name === "signed-in") return;
    isDue = false;
    list.value = [];
    loaded.value = false;
  });
  return {
    list,
    loaded,
    unread: computed(() =>
      list.value.reduce((sum, view) => sum + (isMuted(view) ? view.mentions : view.unread), 0)
    ),
    find: (conversation) => {
      // Every change of one makes another list.
      void list.value;
      return client.conversations.get(conversation);
    },
  };
}

function isMuted({ info: { mutedUntil } }: ConversationView): boolean {
  return mutedUntil !== null && Date.parse(mutedUntil) > Date.now();
}
