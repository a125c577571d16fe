/** What exists only while someone is signed in: their conversations, outbox, receipts and contacts. */
import type {
  Contact,
  ContactLists,
  ContactRequest,
  Conversation,
  ConversationDetails,
  Id,
  Me,
  Message,
} from "../lib/protocol/model.ts";
import type { Connection, ServerEvent } from "./connection.ts";
import { type Conversations, createConversations } from "./conversations.ts";
import type { Events } from "./events.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import type { OutboxStorage } from "./outbox_storage.ts";
import { createReceiptSender, type ReceiptSender } from "./receipts.ts";
import type { Timers } from "./timers.ts";
import type { TokenKeeper } from "./tokens.ts";
import type { ClientEvents, ContactsView } from "./views.ts";

export interface Account {
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly receipts: ReceiptSender;
  contacts(): ContactsView;
  request(user: Id, greeting: string | undefined): Promise<void>;
  accept(request: Id): Promise<Conversation>;
  decline(request: Id): Promise<void>;
  openDirect(user: Id): Promise<Conversation>;
  /** Loads everything outside the logs: what a lost event may have changed. */
  reload(): void;
  event(frame: ServerEvent): void;
  close(): void;
}

/** A contact that was just made, and the conversation with them. */
type NewContact = { contact: Contact; conversation: Conversation };

export const NO_CONTACTS: ContactsView = {
  contacts: [],
  incoming: [],
  outgoing: [],
  blocked: [],
  loaded: false,
};

export async function openAccount(me: Me, parts: {
  tokens: TokenKeeper;
  connection: Connection;
  storage: OutboxStorage;
  timers: Timers;
  events: Events<ClientEvents>;
}): Promise<Account> {
  const { tokens, connection, storage, timers, events } = parts;
  let contacts = NO_CONTACTS;
  let open = true;

  const conversations = createConversations(me, {
    list: async () => {
      const path = "/conversations";
      return (await tokens.send<{ conversations: Conversation[] }>("GET", path)).conversations;
    },
    details: (id) => tokens.send<ConversationDetails>("GET", `/conversations/${id}`),
    log: (conversation) => ({
      sync: (since) => connection.request("conversation.sync", { conversation, since, limit: 300 }),
      history: (before) =>
        connection.request("conversation.history", {
          conversation,
          ...(before !== undefined && { before }),
        }),
    }),
    messages: (conversation, messages) => onMessages(conversation, messages),
    changed: () => events.emit("conversations", undefined),
    threadChanged: (conversation) => events.emit("thread", { conversation }),
  }, timers);

  const outbox = await openOutbox({
    account: me.id,
    storage,
    timers,
    transmit: ({ conversation, clientId, text }) =>
      connection.request("message.send", { conversation, clientId, kind: "text", text }),
    stored: ({ conversation, clientId, text }, { id, seq, rev, at, duplicate }) => {
      const log = conversations.log(conversation);
      // A duplicate's event went out long ago: where it stands now is for a sync to say.
      if (duplicate) return log?.head(seq, rev);
      const sent = { conversation, clientId, text, id, seq, rev, at };
      log?.change(rev, { ...sent, sender: me.id, kind: "text" });
    },
    changed: (conversation) => events.emit("thread", { conversation }),
  });

  const receipts = createReceiptSender(
    (kind, conversation, seq) => connection.request(`receipt.${kind}`, { conversation, seq }),
    timers,
  );

  const onMessages = (conversation: Id, messages: readonly Message[]) => {
    let furthest = 0;
    for (const { sender, clientId, seq } of messages) {
      if (sender === me.id) outbox.confirm(clientId);
      else furthest = Math.max(furthest, seq);
    }
    if (furthest > 0) receipts.move("delivered", conversation, furthest);
  };

  const loadContacts = async () => {
    const lists = await tokens.send<ContactLists>("GET", "/contacts");
    if (!open) return;
    contacts = { ...lists, loaded: true };
    events.emit("contacts", undefined);
  };

  return {
    conversations,
    outbox,
    receipts,
    contacts: () => contacts,
    request: async (user, greeting) => {
      const body = { user, ...(greeting !== undefined && { greeting }) };
      const path = "/contact-requests";
      const answer = await tokens.send<ContactRequest | NewContact>("POST", path, body);
      if ("conversation" in answer) conversations.add(answer.conversation);
      await loadContacts();
    },
    accept: async (request) => {
      const path = `/contact-requests/${request}/accept`;
      const { conversation } = await tokens.send<NewContact>("POST", path, {});
      conversations.add(conversation);
      await loadContacts();
      return conversation;
    },
    decline: async (request) => {
      await tokens.send("POST", `/contact-requests/${request}/decline`);
      await loadContacts();
    },
    openDirect: async (user) => {
      const body = { kind: "direct", user };
      const conversation = await tokens.send<Conversation>("POST", "/conversations", body);
      conversations.add(conversation);
      return conversation;
    },
    reload: () => {
      // Without an answer the next connection tries again.
      conversations.load().catch(() => {});
      loadContacts().catch(() => {});
    },
    event: (frame) => {
      conversations.event(frame);
      if (frame.type === "contact") loadContacts().catch(() => {});
    },
    close: () => {
      open = false;
      conversations.close();
      outbox.close();
      receipts.close();
    },
  };
}
